/** What the words say that a web server was started with (httpd(8)). */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isAbsence } from './read-kernel.ts';

/** The options by their letters, the last of each; empty for one that takes no word. */
export type ServerWords = ReadonlyMap<string, string>;

const withWord = /[DCcdEefk]/;
/** These say something and end: of the configuration, the version, the modules. */
const asking = ['t', 'S', 'v', 'V', 'l', 'L', 'M', 'h'];
/** The other words for `-k` start a server that does not run. */
const stopping: readonly (string | undefined)[] = ['stop', 'graceful-stop'];

/** Reads the words of a command line, the program's name first. Letters may share a dash, and a word follow at once: `-DFOREGROUND`. */
export function parseServerWords(words: readonly string[]): ServerWords {
  const options = new Map<string, string>();
  for (let at = 1; at < words.length; at += 1) {
    const letters = /^-(.+)$/.exec(words[at] ?? '')?.[1] ?? '';
    const end = letters.search(withWord);
    for (const letter of end < 0 ? letters : letters.slice(0, end)) options.set(letter, '');
    if (end < 0) continue;
    const value = letters.slice(end + 1);
    if (value === '') at += 1;
    options.set(letters.charAt(end), value === '' ? (words[at] ?? '') : value);
  }
  return options;
}

/** Whether it serves, or is about to: not one that looks at the configuration, or stops another one. */
export function isServing(options: ServerWords): boolean {
  return !asking.some((letter) => options.has(letter)) && !stopping.includes(options.get('k'));
}

/** Whether the words name another configuration than this one. A name that is not from / on is in the directory of `-d`. */
export async function namesOther(options: ServerWords, config: string): Promise<boolean> {
  const [file, directory] = [options.get('f'), options.get('d')];
  if (file === undefined || file === config) return false;
  if (!file.startsWith('/') && directory === undefined) return !config.endsWith(`/${file}`);
  const [named, meant] = await Promise.all([
    fileOf(resolve(directory ?? '/', file)),
    fileOf(config),
  ]);
  return named !== meant || named === 'none';
}

/** The same for two paths of one file; `none` when it is not there. Rejects when it cannot be told. */
export function fileOf(path: string): Promise<string> {
  return stat(path).then(
    ({ dev, ino }) => `${String(dev)}:${String(ino)}`,
    (error: unknown) => {
      if (isAbsence(error)) return 'none';
      throw error;
    },
  );
}
