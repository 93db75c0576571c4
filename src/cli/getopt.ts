/** Short options in the manner of getopt(3), for a command whose every word scripts know (POSIX 12.2, and GNU's order). */

/** What is wrong with one option. */
interface OptionFault {
  readonly kind: 'unknown' | 'argument-missing';
  readonly letter: string;
}

export interface ParsedOptions {
  /** The letters given, each with its argument; '' for those that take none. The last one of a letter counts. */
  readonly given: ReadonlyMap<string, string>;
  /** What is no option, wherever it stands. */
  readonly words: readonly string[];
  /** In the order of the command line. */
  readonly faults: readonly OptionFault[];
}

/** `letters` as getopt(3) takes them: a colon after those that need an argument. `--` ends the options. */
export function parseOptions(args: readonly string[], letters: string): ParsedOptions {
  const given = new Map<string, string>();
  const words: string[] = [];
  const faults: OptionFault[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      words.push(...rest.splice(0));
    } else if (!arg.startsWith('-') || arg === '-') {
      words.push(arg);
    } else {
      const cluster = readCluster(arg.slice(1), letters, rest);
      for (const [letter, value] of cluster.given) given.set(letter, value);
      faults.push(...cluster.faults);
    }
  }
  return { given, words, faults };
}

/** Letters behind one `-`; an argument is what follows in the same word, or else the next word, taken from `rest`. */
function readCluster(
  cluster: string,
  letters: string,
  rest: string[],
): Pick<ParsedOptions, 'faults'> & { readonly given: readonly (readonly [string, string])[] } {
  const given: (readonly [string, string])[] = [];
  const faults: OptionFault[] = [];
  for (const [at, letter] of Array.from(cluster).entries()) {
    const known = letter === ':' ? -1 : letters.indexOf(letter);
    if (known === -1) faults.push({ kind: 'unknown', letter });
    else if (letters[known + 1] !== ':') given.push([letter, '']);
    else {
      const value = cluster.slice(at + 1) || rest.shift();
      if (value === undefined) faults.push({ kind: 'argument-missing', letter });
      else given.push([letter, value]);
      break;
    }
  }
  return { given, faults };
}

/** What getopt(3) says of a fault, on stderr, of the program or sub-command `name`. */
export function faultWords(name: string, { kind, letter }: OptionFault): string {
  return kind === 'unknown'
    ? `${name}: invalid option -- '${letter}'`
    : `${name}: option requires an argument -- '${letter}'`;
}
