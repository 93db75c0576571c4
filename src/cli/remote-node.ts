/** Another node, reached by ssh and scp as root. */
import { randomBytes } from 'node:crypto';
import { fail, succeed, type Result } from '../result.ts';
import type { NodeName } from '../units.ts';
import type { LocalFile } from './propagated-files.ts';
import {
  installScript,
  lookScript,
  readLook,
  stageScript,
  stagingDirectory,
  unstageScript,
  type RemoteView,
} from './remote-script.ts';
import { runProgram, type ProgramEnd } from './run-program.ts';

export interface RemoteOptions {
  /** Never ask for a password or about a key. */
  readonly isBatch: boolean;
  /** For everything that is done on one node at a time; what comes after it fails. */
  readonly limit: AbortSignal;
}

/** Why something did not happen on the other node. */
export type RemoteFailure =
  /** This machine lacks the program. */
  | { readonly kind: 'not-there'; readonly program: string }
  | { readonly kind: 'too-slow' }
  /** The name in ha.cf is nothing that may be given to ssh. */
  | { readonly kind: 'unfit-name' }
  | { readonly kind: 'no-directory' }
  /** The program ended with an error; `stderr` are its words, a byte string. */
  | { readonly kind: 'failed'; readonly program: string; readonly stderr: string };

const connectSeconds = 10;
const cleanUpSeconds = 5;
/** A name that begins with a dash would be an option, and one with other signs could mean something to a shell. */
const fitName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,98}$/;

/** What is on the node now; changes nothing there. */
export async function look(
  node: NodeName,
  options: RemoteOptions,
): Promise<Result<RemoteView, RemoteFailure>> {
  const ran = await askNode(node, lookScript, options);
  if (!ran.ok) return ran;
  const view = readLook(ran.value);
  if (view.ok) return view;
  if (view.reason === 'no-directory') return fail({ kind: 'no-directory' });
  return fail({ kind: 'failed', program: 'ssh', stderr: 'the answer cannot be understood' });
}

/** Puts the files there in one go: all of them come into a directory beside the old ones, and then take their places. */
export async function copy(
  node: NodeName,
  files: readonly LocalFile[],
  options: RemoteOptions,
): Promise<Result<undefined, RemoteFailure>> {
  const staging = stagingDirectory(randomBytes(8).toString('hex'));
  const staged = await onNode(node, stageScript(staging), options);
  if (!staged.ok) return staged;
  const sent = await send(node, files, staging, options);
  const installed = sent.ok ? await onNode(node, installScript(staging, files), options) : sent;
  if (installed.ok) return succeed(undefined);
  // With a limit of its own, for the other may be used up. The first failure is the one to tell.
  const limit = AbortSignal.timeout(cleanUpSeconds * 1000);
  await onNode(node, unstageScript(staging), { ...options, limit });
  return installed;
}

/** What `script`, run by a shell there, prints: a byte string (latin1). Changes what the script changes. */
export const askNode = (
  node: NodeName,
  script: string,
  options: RemoteOptions,
): Promise<Result<string, RemoteFailure>> =>
  fitName.test(node)
    ? onNode(node, script, options)
    : Promise.resolve(fail({ kind: 'unfit-name' }));

async function onNode(
  node: NodeName,
  script: string,
  { isBatch, limit }: RemoteOptions,
): Promise<Result<string, RemoteFailure>> {
  const args = ['-T', ...connection(isBatch), `root@${node}`, 'sh -s'];
  return outcome('ssh', await runProgram({ program: 'ssh', args, input: script, limit }));
}

async function send(
  node: NodeName,
  files: readonly LocalFile[],
  staging: string,
  { isBatch, limit }: RemoteOptions,
): Promise<Result<string, RemoteFailure>> {
  const paths = files.map(({ path }) => path);
  const args = ['-q', ...connection(isBatch), ...paths, `root@${node}:${staging}/`];
  return outcome('scp', await runProgram({ program: 'scp', args, input: '', limit }));
}

function connection(isBatch: boolean): readonly string[] {
  const options = [`ConnectTimeout=${String(connectSeconds)}`];
  if (isBatch) options.push('BatchMode=yes');
  return options.flatMap((option) => ['-o', option]);
}

function outcome(program: string, end: ProgramEnd): Result<string, RemoteFailure> {
  if (end.kind === 'not-there') return fail({ kind: 'not-there', program });
  if (end.kind === 'too-slow') return fail(end);
  if (end.code === 0) return succeed(end.stdout);
  return fail({ kind: 'failed', program, stderr: end.stderr });
}
