/**
 * What `ha_propagate` has a shell on the other node do. The texts go to `sh -s` there; nothing in them comes from a file or
 * the command line: only our own digits, names out of a closed list, and the directory, which is the same everywhere.
 */
import { assert } from '../assert.ts';
import { fail, succeed, type Result } from '../result.ts';
import { fileNames, type FileName, type LocalFile } from './propagated-files.ts';

/** Where the files are on every node. */
export const remoteDirectory = '/etc/ha.d';

/** A file as it is on the other node. */
export interface RemoteFile {
  /** Permission bits. */
  readonly mode: number;
  /** SHA-256 in hexadecimal digits. */
  readonly sum: string;
}

/** What is on the other node. */
export interface RemoteView {
  /** Its `uname -n`. */
  readonly name: string;
  readonly files: ReadonlyMap<FileName, RemoteFile>;
  /** The bytes of ha.cf and haresources, as far as they are there: never those of the keys. */
  readonly texts: ReadonlyMap<FileName, Uint8Array>;
}

/** Why there is no view: no such directory, or an answer that is not to be understood. */
export type LookFault = 'no-directory' | 'garbled';

/** A login shell may print what it likes before. */
const greeting = 'ha_propagate-1';
/** With blanks, so that no line of base64 can be it. */
const farewell = 'end of answer';
/** The files whose differences are shown; a file longer than this (bytes) is only compared. */
const shown = ['ha.cf', 'haresources'] as const;
const maxShownBytes = 1_048_576;

/** Prints modes and sums of all files, and the text of those that may be seen; answers to `readLook`. */
export const lookScript: string = `echo ${greeting}
echo "name $(uname -n)"
cd ${remoteDirectory} 2>/dev/null || { echo no-directory; exit 0; }
for file in ${fileNames.join(' ')}; do
  [ -f "$file" ] || continue
  mode=$(stat -L -c %a "$file") && sum=$(sha256sum < "$file") || exit 1
  echo "file $file $mode \${sum%% *}"
done
for file in ${shown.join(' ')}; do
  [ -f "$file" ] || continue
  echo "text $file"
  head -c ${String(maxShownBytes)} "$file" | base64 || exit 1
done
echo '${farewell}'
`;

/** What `lookScript` found. */
export function readLook(output: string): Result<RemoteView, LookFault> {
  const lines = output.split(/\r?\n/);
  const start = lines.indexOf(greeting);
  const end = lines.indexOf(farewell, start);
  if (start === -1) return fail('garbled');
  if (lines.includes('no-directory', start)) return fail('no-directory');
  if (end === -1) return fail('garbled');
  const answer = lines.slice(start + 1, end).map((line) => line.split(' '));
  const name = answer.find(([word]) => word === 'name')?.[1] ?? '';
  return succeed({ name, files: readFiles(answer), texts: readTexts(answer) });
}

/** Lines of words. */
type Answer = readonly (readonly string[])[];

const fileNamed = (name: string | undefined): FileName | undefined =>
  fileNames.find((candidate) => candidate === name);

function readFiles(answer: Answer): ReadonlyMap<FileName, RemoteFile> {
  const files = new Map<FileName, RemoteFile>();
  for (const [word, what, mode = '', sum = ''] of answer) {
    const name = word === 'file' ? fileNamed(what) : undefined;
    if (name !== undefined) files.set(name, { mode: Number.parseInt(mode, 8), sum });
  }
  return files;
}

/** After the name of the file come lines of one word each: its bytes in base64. */
function readTexts(answer: Answer): ReadonlyMap<FileName, Uint8Array> {
  const texts = new Map<FileName, Uint8Array>();
  answer.forEach(([word, what], index) => {
    const name = word === 'text' ? fileNamed(what) : undefined;
    if (name === undefined) return;
    const rest = answer.slice(index + 1);
    const end = rest.findIndex((words) => words.length > 1);
    const base64 = (end === -1 ? rest : rest.slice(0, end)).flat().join('');
    texts.set(name, Buffer.from(base64, 'base64'));
  });
  return texts;
}

/** The directory that the copies go to first: 16 hexadecimal digits tell it from all others. */
export function stagingDirectory(digits: string): string {
  assert(/^[0-9a-f]{16}$/.test(digits), 'staging directories have 16 hexadecimal digits');
  return `${remoteDirectory}/.ha_propagate.${digits}`;
}

/** Makes the directory for the copies; nobody but root may look into it. */
export const stageScript = (staging: string): string => `umask 077\nexec mkdir ${staging}\n`;

/** Takes the directory away with all that came so far. */
export const unstageScript = (staging: string): string => `rm -rf ${staging}\n`;

/**
 * Puts every copy in its place by renaming, so that nobody ever reads half of one: first all of them are checked, given
 * their modes and written to the disk. Prints the file that is not what was sent.
 */
export function installScript(staging: string, files: readonly LocalFile[]): string {
  const checks = files.map(
    ({ name, sum }) => `sum=$(sha256sum < ${name})
[ "\${sum%% *}" = ${sum} ] || { echo "${name} arrived broken" >&2; exit 1; }`,
  );
  const modes = files.map(({ name, mode }) => `chmod ${mode.toString(8)} ${name}`);
  const moves = files.map(({ name }) => `mv -f ${name} ../${name}`);
  const names = files.map(({ name }) => name).join(' ');
  return ['set -e', `cd ${staging}`, ...checks, ...modes, `sync ${names} || sync`]
    .concat(moves, ['cd ..', `rmdir ${staging}`, ''])
    .join('\n');
}
