/** Reads the four files and holds them against this machine: settings, or everything that is wrong with them. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { AgentPlaces } from '../agents/find-agent.ts';
import { devicesFor, resolveDevice } from '../config/fencing-device.ts';
import { parseSettings, type Source, type Sources } from '../config/parse-settings.ts';
import { hasErrors, type Problem } from '../config/problem.ts';
import type { Logging, Settings } from '../config/settings.ts';
import { checkSurroundings, type Surroundings, type Understood } from '../config/surroundings.ts';
import type { NodeName } from '../units.ts';
import { ownName } from './own-name.ts';
import type { Paths } from './paths.ts';
import { surroundingsOf } from './surroundings.ts';
import { errorCode } from './why.ts';

export interface LoadOptions {
  /** False with `-M`: haresources is not read. */
  readonly manageResources: boolean;
  /** What `-d` says. */
  readonly debug: number;
}

/** When the files were changed last, in milliseconds since 1970; undefined for one that is not there. */
export interface FileTimes {
  readonly haCf: number | undefined;
  readonly authkeys: number | undefined;
  readonly haresources: number | undefined;
  readonly extensions: number | undefined;
}

export interface Loaded {
  readonly self: NodeName;
  /** Undefined when any problem is an error. */
  readonly settings: Settings | undefined;
  /** What ha.cf says about the log, if it could be understood so far. */
  readonly logging: Logging | undefined;
  readonly debug: number;
  readonly problems: readonly Problem[];
  /** What the files say as far as it could be understood, and the machine it was held against; undefined without an ha.cf. */
  readonly compared: { readonly understood: Understood; readonly around: Surroundings } | undefined;
  /** A file may not be read by this user: the start then ends with 4 instead of 6. */
  readonly isForbidden: boolean;
  readonly times: FileTimes;
}

/** More than the parser takes, so that it can say that a file is too long. */
const maxBytes = 1_048_576 + 1;
const nothing: Source = { kind: 'read', file: '', bytes: new Uint8Array() };

interface Found {
  readonly source: Source;
  readonly mtime: number | undefined;
  readonly keyFile?: { readonly mode: number; readonly uid: number };
}

/** Reads and checks everything; never rejects for what an operator can do. */
export async function loadConfig(
  where: Paths,
  places: AgentPlaces,
  options: LoadOptions,
): Promise<Loaded> {
  const [self, haCf, authkeys, haresources, extensions] = await Promise.all([
    ownName(where.nodeInfo),
    readSource(where.haCf),
    readSource(where.authkeys),
    readSource(where.haresources),
    readSource(where.extensions),
  ]);
  const parsed = parseSettings({
    haCf: haCf.source,
    authKeys: authkeys.source,
    ...(authkeys.keyFile === undefined ? {} : { keyFile: authkeys.keyFile }),
    haresources: options.manageResources ? haresources.source : nothing,
    extensions: extensions.source,
    debugLevel: options.debug,
  } satisfies Sources);
  const { understood } = parsed;
  const compared = understood && {
    understood,
    around: await surroundingsOf(understood, self, places),
  };
  const unfit = compared ? checkSurroundings(compared.understood, compared.around) : [];
  const problems = [...parsed.problems, ...unfit];
  const device = compared && deviceOf(compared);
  return {
    self,
    settings: hasErrors(problems) ? undefined : parsed.settings && { ...parsed.settings, device },
    logging: understood?.haCf.logging,
    debug: understood?.haCf.debug ?? options.debug,
    problems,
    compared,
    isForbidden: [haCf, authkeys, haresources].some(isForbidden),
    times: {
      haCf: haCf.mtime,
      authkeys: authkeys.mtime,
      haresources: haresources.mtime,
      extensions: extensions.mtime,
    },
  };
}

/** Its problems have been told by the check of the surroundings. */
function deviceOf({ around, understood }: NonNullable<Loaded['compared']>): Settings['device'] {
  const own = devicesFor(understood.haCf.stonith, around.self);
  return resolveDevice(own, around.devices, () => undefined);
}

function isForbidden({ source }: Found): boolean {
  return source.kind === 'unreadable' && source.why === 'permission';
}

async function readSource(path: string): Promise<Found> {
  try {
    // Not blocking: a FIFO in the file's place would hold a thread for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await readOpen(path, handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return {
      source: { kind: 'unreadable', file: path, why: whyUnreadable(error) },
      mtime: undefined,
    };
  }
}

/** Mode and time are those of the very file that was read. */
async function readOpen(path: string, handle: FileHandle): Promise<Found> {
  const { mode, uid, mtimeMs } = await handle.stat();
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
  return {
    source: { kind: 'read', file: path, bytes: buffer.subarray(0, bytesRead) },
    mtime: mtimeMs,
    keyFile: { mode: mode & 0o7777, uid },
  };
}

function whyUnreadable(error: unknown): 'absent' | 'permission' | 'other' {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent';
  return code === 'EACCES' || code === 'EPERM' ? 'permission' : 'other';
}
