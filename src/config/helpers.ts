/** The lines of ha.cf that start programs or name devices: respawn, failfast, stonith, stonith_host. */
import type { Report } from './problem.ts';
import type { Respawn, StonithDevice } from './settings.ts';
import type { Statement } from './statements.ts';

/**
 * Programs of other builds of heartbeat. Where they lie differs from system to system, and
 * most are not part of ours: one that is not there never keeps the daemon from starting.
 */
const helperNames: ReadonlySet<string> = new Set([
  ...['ipfail', 'dopd', 'ccm', 'cib', 'crmd', 'lrmd', 'stonithd', 'attrd', 'pengine', 'tengine'],
  ...['mgmtd', 'pingd', 'ifcheckd', 'hbagent', 'evmsd', 'cl_respawn', 'quorumd', 'quorumdtest'],
  ...['apphbd', 'recoverymgrd', 'ha_logd', 'haclient'],
]);

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Whether a command is one of heartbeat's own programs, by its base name. */
export const isHelper = (command: string): boolean => helperNames.has(baseName(command));

/** The programs to start, in the order of the file. */
export function readRespawn(
  statements: readonly Statement[],
  pings: boolean,
  report: Report,
): readonly Respawn[] {
  const programs: Respawn[] = [];
  for (const { name, at, words } of statements) {
    if (name !== 'respawn' && name !== 'failfast') continue;
    const [user, command, ...args] = words;
    if (user === undefined || command === undefined) {
      const missing = user === undefined ? 'user' : 'command';
      const facts = { at: user?.at ?? at, directive: name, missing } as const;
      report({ kind: 'respawn-incomplete', severity: 'error', ...facts });
      continue;
    }
    const argv = args.map((word) => word.text);
    if (!command.text.startsWith('/')) {
      const facts = { directive: name, command: [command.text, ...argv].join(' ') };
      report({ kind: 'respawn-relative', severity: 'error', at: command.at, ...facts });
      continue;
    }
    if (baseName(command.text) === 'ipfail' && !pings) {
      report({ kind: 'ipfail-without-ping', severity: 'warning', at: command.at });
    }
    programs.push({
      kind: name,
      user: user.text,
      command: command.text,
      args: argv,
      at: user.at,
    });
  }
  return programs;
}

/** The parts of a stonith line, or which one is missing. */
function splitDevice({
  name,
  rest,
  words,
}: Statement): StonithDevice | 'host' | 'type' | 'config file' {
  const isHost = name === 'stonith_host';
  const host = isHost ? words[0]?.text : '*';
  const type = words[isHost ? 1 : 0];
  if (host === undefined) return 'host';
  if (type === undefined) return 'type';
  const behind = behindWords(rest, isHost ? 2 : 1);
  if (!isHost && behind === '') return 'config file';
  const from = isHost
    ? ({ kind: 'line', text: behind } as const)
    : ({ kind: 'file', path: behind } as const);
  return { host, type: type.text, from, at: type.at };
}

/** What follows so many words, its own blanks included: they may belong to a parameter. */
const behindWords = (text: string, count: number): string =>
  text.replace(new RegExp(`^(?:[^ \\t\\r\\f]+[ \\t\\r\\f]*){${String(count)}}`), '');

/** The fencing devices; their types are judged with the machine, for they count on one host only. */
export function readStonith(
  statements: readonly Statement[],
  report: Report,
): readonly StonithDevice[] {
  const devices: StonithDevice[] = [];
  for (const statement of statements) {
    const { name, at, words } = statement;
    if (name !== 'stonith' && name !== 'stonith_host') continue;
    const device = splitDevice(statement);
    if (typeof device === 'string') {
      const facts = { at: words.at(-1)?.at ?? at, directive: name, missing: device };
      report({ kind: 'stonith-incomplete', severity: 'error', ...facts });
    } else devices.push(device);
  }
  return devices;
}
