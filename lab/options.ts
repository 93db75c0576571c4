/** What the user asked for on the command line. */
import { parseArgs } from 'node:util';

export type ImplementationName = 'ours' | 'c';
type Medium = 'bcast' | 'mcast' | 'ucast';
export type ScenarioName = 'web' | 'nfs' | 'mysql';

export interface LabOptions {
  /** What the pair serves. */
  readonly scenario: ScenarioName;
  readonly demo: boolean;
  /** Who runs on node1 and on node2. */
  readonly implementations: readonly [ImplementationName, ImplementationName];
  readonly media: Medium;
  readonly auth: 'md5' | 'sha1' | 'crc';
  /** As ha.cf takes them: seconds, or with `ms` or `s`. */
  readonly keepalive: string;
  readonly deadtime: string;
  readonly autoFailback: 'on' | 'off';
  /** How many times the story takes the power from the node that serves; undefined: the ordinary story. */
  readonly crashes: number | undefined;
  /** It runs inside of a small machine, slowly. */
  readonly emulated: boolean;
}

export type Parsed =
  | { readonly kind: 'options'; readonly options: LabOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly why: string };

export const usage = `npm run lab -- [scenario] [options]

Two hosts with a heartbeat pair and a client, all on this machine, until you leave.

  web                        an address and a page (default)
  nfs                        Apache with its document root on the NFS export of a third host
  mysql                      MariaDB with its data directory on a shared volume, and a client that never stops writing
  mcast                      like web; the nodes talk by multicast: mcast eth0 225.0.0.15 694 1 0

  --demo                     play a story without a terminal; exit status 0 only if every step held
  --crashes COUNT            mysql only: the story is that many power-offs of the node that serves
  --peer ours|c              what node2 runs: this project (default) or the C heartbeat 3.0.6
  --media bcast|mcast|ucast  how the nodes talk (default bcast)
  --auth md5|sha1|crc        how packets are signed (default md5)
  --keepalive TIME           between two heartbeats: seconds, or like 500ms (default 500ms)
  --deadtime TIME            until a silent node is dead (default 3)
  --help                     this text
`;

/** Reads the words after `npm run lab --`; an unknown option or value is refused with the reason. */
export function parseOptions(words: readonly string[]): Parsed {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        demo: { type: 'boolean', default: false },
        peer: { type: 'string' },
        // Not for users: what node1 runs, and node2 too if there is no --peer. It shows what the C pair does.
        impl: { type: 'string', default: 'ours' },
        media: { type: 'string' },
        auth: { type: 'string', default: 'md5' },
        keepalive: { type: 'string' },
        deadtime: { type: 'string' },
        crashes: { type: 'string' },
        // Not for users: this is the lab that another one started inside of a small machine.
        emulated: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? { kind: 'help' } : check(values, positionals);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // parseArgs refuses with a TypeError
    return { kind: 'refused', why: error.message };
  }
}

/** A time of ha.cf in milliseconds (spec config 3): digits, then nothing, `s` or `ms`; undefined for anything else. */
export function durationMillis(text: string): number | undefined {
  const parts = /^(\d{1,7})(ms|s)?$/.exec(text);
  if (parts === null) return undefined;
  return Number(parts[1]) * (parts[2] === 'ms' ? 1 : 1000);
}

interface Words {
  readonly demo: boolean;
  readonly emulated: boolean;
  readonly peer?: string | undefined;
  readonly impl: string;
  readonly media?: string | undefined;
  readonly auth: string;
  readonly keepalive?: string | undefined;
  readonly deadtime?: string | undefined;
  readonly crashes?: string | undefined;
}

const implementationNames: readonly ImplementationName[] = ['ours', 'c'];
const mediumNames: readonly Medium[] = ['bcast', 'mcast', 'ucast'];
const authNames: readonly LabOptions['auth'][] = ['md5', 'sha1', 'crc'];
const scenarioNames: readonly ScenarioName[] = ['web', 'nfs', 'mysql'];
const maxCrashes = 10_000;

function check(words: Words, positionals: readonly string[]): Parsed {
  const [word = 'web', ...more] = positionals;
  const first = implementationNames.find((name) => name === words.impl);
  const peerWord = words.peer ?? words.impl;
  const peer = implementationNames.find((name) => name === peerWord);
  const mediaWord = words.media ?? (word === 'mcast' ? 'mcast' : 'bcast');
  const media = mediumNames.find((name) => name === mediaWord);
  const auth = authNames.find((name) => name === words.auth);
  const scenario = scenarioNames.find((name) => name === (word === 'mcast' ? 'web' : word));
  if (more.length > 0)
    return { kind: 'refused', why: `one scenario at a time, not ${more.join(' ')}` };
  if (scenario === undefined) return oneOf('the scenario', word, [...scenarioNames, 'mcast']);
  if (first === undefined) return oneOf('--impl', words.impl, implementationNames);
  if (peer === undefined) return oneOf('--peer', peerWord, implementationNames);
  if (media === undefined) return oneOf('--media', mediaWord, mediumNames);
  if (auth === undefined) return oneOf('--auth', words.auth, authNames);
  return checkTimes(words, { scenario, implementations: [first, peer], media, auth });
}

function checkTimes(
  words: Words,
  chosen: Pick<LabOptions, 'scenario' | 'implementations' | 'media' | 'auth'>,
): Parsed {
  const { demo, emulated } = words;
  const keepalive = words.keepalive ?? (emulated ? emulatedTimes.keepalive : '500ms');
  const deadtime = words.deadtime ?? (emulated ? emulatedTimes.deadtime : '3');
  const crashes = words.crashes === undefined ? undefined : Number(words.crashes);
  const wrong = wrongTime(keepalive, deadtime) ?? wrongCrashes(crashes, chosen.scenario);
  if (wrong !== undefined) return { kind: 'refused', why: wrong };
  // A crash counts on either node.
  const autoFailback = crashes === undefined ? 'on' : 'off';
  const options = {
    ...chosen,
    demo,
    emulated,
    keepalive,
    deadtime,
    autoFailback,
    crashes,
  } as const;
  return { kind: 'options', options };
}

/** Programs are slow there, and so are their heartbeats when the machine has other work. */
const emulatedTimes = { keepalive: '2', deadtime: '20' } as const;

function wrongCrashes(crashes: number | undefined, scenario: ScenarioName): string | undefined {
  if (crashes === undefined) return undefined;
  if (scenario !== 'mysql') return '--crashes is for the scenario mysql';
  if (Number.isInteger(crashes) && crashes > 0 && crashes <= maxCrashes) return undefined;
  return `--crashes is a number from 1 to ${String(maxCrashes)}`;
}

function oneOf(option: string, value: string, allowed: readonly string[]): Parsed {
  return { kind: 'refused', why: `${option} is one of ${allowed.join(', ')}, not "${value}"` };
}

function wrongTime(keepalive: string, deadtime: string): string | undefined {
  const beat = durationMillis(keepalive);
  const dead = durationMillis(deadtime);
  if (beat === undefined || beat < 10)
    return `--keepalive is a time like 2 or 500ms, not "${keepalive}"`;
  if (dead === undefined) return `--deadtime is a time like 3 or 1500ms, not "${deadtime}"`;
  if (dead < 2 * beat) return `--deadtime ${deadtime} is less than two keepalives of ${keepalive}`;
  if (dead > 600_000) return '--deadtime is at most 600 seconds here';
  return undefined;
}
