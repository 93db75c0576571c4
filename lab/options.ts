/** What the user asked for on the command line. */
import { parseArgs } from 'node:util';

export type ImplementationName = 'ours' | 'c';
type Medium = 'bcast' | 'mcast' | 'ucast';

export interface LabOptions {
  readonly demo: boolean;
  /** Who runs on node1 and on node2. */
  readonly implementations: readonly [ImplementationName, ImplementationName];
  readonly media: Medium;
  readonly auth: 'md5' | 'sha1' | 'crc';
  /** As ha.cf takes them: seconds, or with `ms` or `s`. */
  readonly keepalive: string;
  readonly deadtime: string;
}

export type Parsed =
  | { readonly kind: 'options'; readonly options: LabOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly why: string };

export const usage = `npm run lab -- [options]

Two hosts with a heartbeat pair and a client, all on this machine, until you leave.

  --demo                     play a story without a terminal; exit status 0 only if every step held
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
    const { values } = parseArgs({
      args: [...words],
      options: {
        demo: { type: 'boolean', default: false },
        peer: { type: 'string' },
        // Not for users: what node1 runs, and node2 too if there is no --peer. It shows what the C pair does.
        impl: { type: 'string', default: 'ours' },
        media: { type: 'string', default: 'bcast' },
        auth: { type: 'string', default: 'md5' },
        keepalive: { type: 'string', default: '500ms' },
        deadtime: { type: 'string', default: '3' },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? { kind: 'help' } : check(values);
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
  readonly peer?: string | undefined;
  readonly impl: string;
  readonly media: string;
  readonly auth: string;
  readonly keepalive: string;
  readonly deadtime: string;
}

const implementationNames: readonly ImplementationName[] = ['ours', 'c'];
const mediumNames: readonly Medium[] = ['bcast', 'mcast', 'ucast'];
const authNames: readonly LabOptions['auth'][] = ['md5', 'sha1', 'crc'];

function check(words: Words): Parsed {
  const first = implementationNames.find((name) => name === words.impl);
  const peerWord = words.peer ?? words.impl;
  const peer = implementationNames.find((name) => name === peerWord);
  const media = mediumNames.find((name) => name === words.media);
  const auth = authNames.find((name) => name === words.auth);
  if (first === undefined) return oneOf('--impl', words.impl, implementationNames);
  if (peer === undefined) return oneOf('--peer', peerWord, implementationNames);
  if (media === undefined) return oneOf('--media', words.media, mediumNames);
  if (auth === undefined) return oneOf('--auth', words.auth, authNames);
  const wrongTime = checkTimes(words);
  if (wrongTime !== undefined) return { kind: 'refused', why: wrongTime };
  const { demo, keepalive, deadtime } = words;
  const implementations = [first, peer] as const;
  return { kind: 'options', options: { demo, implementations, media, auth, keepalive, deadtime } };
}

function oneOf(option: string, value: string, allowed: readonly string[]): Parsed {
  return { kind: 'refused', why: `${option} is one of ${allowed.join(', ')}, not "${value}"` };
}

function checkTimes({ keepalive, deadtime }: Words): string | undefined {
  const beat = durationMillis(keepalive);
  const dead = durationMillis(deadtime);
  if (beat === undefined || beat < 10)
    return `--keepalive is a time like 2 or 500ms, not "${keepalive}"`;
  if (dead === undefined) return `--deadtime is a time like 3 or 1500ms, not "${deadtime}"`;
  if (dead < 2 * beat) return `--deadtime ${deadtime} is less than two keepalives of ${keepalive}`;
  if (dead > 600_000) return '--deadtime is at most 600 seconds here';
  return undefined;
}
