/** What differs between a file here and the same on another node, for people. */
import type { NodeName } from '../units.ts';
import type { FileName, LocalFile } from './propagated-files.ts';
import { remoteDirectory, type RemoteView } from './remote-script.ts';
import { runProgram } from './run-program.ts';

/** What a copy would do to the file there. */
export type Change =
  | { readonly kind: 'same' }
  | { readonly kind: 'added' }
  /** The bytes are the same, the permissions are not. */
  | { readonly kind: 'mode'; readonly from: number; readonly to: number }
  | { readonly kind: 'changed' };

export interface FileChange {
  readonly file: LocalFile;
  readonly change: Change;
}

const diffSeconds = 10;

/** One entry for each local file, in their order. */
export const changesOf = (files: readonly LocalFile[], view: RemoteView): readonly FileChange[] =>
  files.map((file) => ({ file, change: changeOf(file, view) }));

function changeOf(file: LocalFile, view: RemoteView): Change {
  const there = view.files.get(file.name);
  if (there === undefined) return { kind: 'added' };
  if (there.sum !== file.sum) return { kind: 'changed' };
  return there.mode === file.mode
    ? { kind: 'same' }
    : { kind: 'mode', from: there.mode, to: file.mode };
}

/** `changed`, `added`, `same`, or the permissions before and after. */
export function wordsOfChange(change: Change): string {
  return change.kind === 'mode'
    ? `same, but mode ${change.from.toString(8)} becomes ${change.to.toString(8)}`
    : change.kind;
}

/** Files that are there and not here: nothing happens to them. */
export const onlyThere = (files: readonly LocalFile[], view: RemoteView): readonly FileName[] =>
  [...view.files.keys()].filter((name) => files.every((file) => file.name !== name));

/** The lines of a unified diff, by diff(1); empty where the text there may not be seen, as with the keys. */
export async function diffLines(
  node: NodeName,
  file: LocalFile,
  view: RemoteView,
): Promise<readonly string[]> {
  const before = view.texts.get(file.name);
  if (before === undefined) return [];
  const labels = [`${node}:${remoteDirectory}/${file.name}`, file.path];
  const args = ['-u', ...labels.flatMap((label) => ['--label', label]), '-', file.path];
  const limit = AbortSignal.timeout(diffSeconds * 1000);
  const end = await runProgram({ program: 'diff', args, input: before, limit });
  if (end.kind !== 'ended' || end.code > 1) return ['(no diff: diff(1) does not work here)'];
  const text = Buffer.from(end.stdout, 'latin1').toString();
  return text.trimEnd().split('\n').map(printable);
}

/** A file of another machine cannot move our cursor. */
const printable = (line: string): string =>
  line.replace(
    /[^\t\P{Cc}]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
