/** SIGHUP: which file was changed, and what becomes of it (spec config 6 and 11). */
import { stat } from 'node:fs/promises';
import type { AuthKeys, ResourceGroup, Settings } from '../config/settings.ts';
import type { LogLine } from '../log-line.ts';
import type { FileTimes, Loaded } from './load-config.ts';
import type { Paths } from './paths.ts';
import { problemLines } from './problem-lines.ts';
import { whyFailed } from './why.ts';

export interface ReloadHooks {
  readonly where: Paths;
  /** Reads and checks all files. */
  readonly load: () => Promise<Loaded>;
  readonly useKeys: (keys: AuthKeys, acceptCrc: boolean) => void;
  /** haresources alone is another: false when it cannot be taken in now. */
  readonly useGroups: (groups: readonly ResourceGroup[]) => boolean;
  /** ha.cf is another: the node is to begin a new life with these settings. Undefined when that may be, else why not. */
  readonly restart: (loaded: Loaded & { readonly settings: Settings }) => string | undefined;
  readonly log: (line: LogLine) => void;
}

/**
 * Compares the files with those that were taken in last, and takes in a changed authkeys and haresources. A file with an error changes
 * nothing: the daemon goes on with what it has. The answer is what is in force from now on.
 */
export async function reload(before: FileTimes, hooks: ReloadHooks): Promise<FileTimes> {
  const { log, where } = hooks;
  const haCf = await stat(where.haCf).catch((error: unknown) => whyFailed(error));
  if (typeof haCf === 'string') {
    log({ level: 'ERROR', text: `Cannot stat ${where.haCf}: ${haCf}` });
    return before;
  }
  const loaded = await hooks.load();
  const changed = changedFiles(before, loaded.times);
  if (changed.length === 0) {
    log({ level: 'info', text: 'Configuration unchanged.' });
    return before;
  }
  return takeIn(changed, before, loaded, hooks);
}

type FileName = keyof FileTimes;

function changedFiles(before: FileTimes, after: FileTimes): readonly FileName[] {
  const names: readonly FileName[] = ['haCf', 'authkeys', 'haresources', 'extensions'];
  return names.filter((name) => before[name] !== after[name]);
}

function takeIn(
  changed: readonly FileName[],
  before: FileTimes,
  loaded: Loaded,
  { log, restart, useGroups, useKeys, where }: ReloadHooks,
): FileTimes {
  const { problems, settings, times } = loaded;
  if (changed.includes('authkeys')) log({ level: 'info', text: 'Rereading authentication file.' });
  if (settings === undefined) {
    problemLines(problems).forEach(log);
    log({ level: 'WARN', text: 'Config errors: going on with the configuration read before.' });
    return before;
  }
  if (changed.includes('haCf')) {
    const why = restart({ ...loaded, settings });
    if (why === undefined) return times;
    log({ level: 'WARN', text: `no restart with the new ${where.haCf}: ${why}` });
  }
  // A file of resources that was made for another ha.cf may name nodes that are not there yet.
  const isAlone = changed.includes('haresources') && !changed.includes('haCf');
  const hasGroups = isAlone && useGroups(settings.haresources);
  const taken = ['authkeys', ...(hasGroups ? ['haresources'] : [])];
  for (const name of changed.filter((each) => !taken.includes(each))) {
    log({
      level: 'WARN',
      text: `${where[name]} has changed and is good; it takes effect when heartbeat is stopped and started`,
    });
  }
  const after = hasGroups ? { ...before, haresources: times.haresources } : before;
  if (!changed.includes('authkeys')) return after;
  useKeys(settings.authKeys, settings.extensions.acceptCrc);
  return { ...after, authkeys: times.authkeys };
}
