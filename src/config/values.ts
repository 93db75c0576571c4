/** The values of ha.cf: their rules, and how C heartbeat reads them (spec config 2). */
import { millis, type Millis } from '../units.ts';

/** What a value must be. */
export type ValueRule =
  | { readonly kind: 'boolean' }
  /** `least` in milliseconds, after rounding. */
  | { readonly kind: 'time'; readonly least: 0 | 1 }
  | { readonly kind: 'integer'; readonly from: number; readonly to: number }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly anyCase: boolean }
  | { readonly kind: 'absolute-path' }
  /** NAME=VALUE; a word without = is let pass, and warned of where it is used. */
  | { readonly kind: 'assignment' }
  | { readonly kind: 'text' };

/** Node.js timers go no further; C heartbeat has no such limit, and overflows. */
export const longestTime: Millis = millis(2_147_483_647);

const trueWords: readonly string[] = ['true', 'on', 'yes', 'y', '1'];
const falseWords: readonly string[] = ['false', 'off', 'no', 'n', '0'];

/** The truth of a word, in any case; undefined when it is none of the ten. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (trueWords.includes(word)) return true;
  return falseWords.includes(word) ? false : undefined;
}

/** A number, and the characters behind it that C heartbeat ignores. */
export interface ReadNumber {
  readonly value: number;
  readonly junk: string;
}

/** Leading digits as C `atoi` reads them; undefined when there are none (there, C reads 0). */
export function parseInteger(text: string): ReadNumber | undefined {
  const digits = /^[+-]?\d+/.exec(text)?.[0];
  return digits === undefined
    ? undefined
    : { value: Number(digits), junk: text.slice(digits.length) };
}

/** Milliseconds in one unit of what may follow a number: nothing is seconds. */
function unitOf(unit: string): number | undefined {
  if (unit === '') return 1000;
  if (/^ms/i.test(unit)) return 1;
  return /^us/i.test(unit) ? 0.001 : undefined;
}

/** A time, rounded half up to milliseconds; `junk` is the rest of a number like `1.2.3`. */
export function parseTime(text: string): ReadNumber | undefined {
  const number = /^[0-9.]+/.exec(text)?.[0];
  if (number === undefined || !/\d/.test(number)) return undefined;
  const unit = unitOf(text.slice(number.length));
  if (unit === undefined) return undefined;
  const read = /^\d*\.?\d*/.exec(number)?.[0] ?? '';
  const value = /\d/.test(read) ? Number(read) : 0;
  return { value: Math.floor(value * unit + 0.5), junk: number.slice(read.length) };
}

export type Verdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad' }
  /** C heartbeat reads only the beginning; `read` is that. */
  | { readonly kind: 'junk'; readonly read: string };

const good: Verdict = { kind: 'good' };
const bad: Verdict = { kind: 'bad' };

function judgeNumber(
  text: string,
  number: ReadNumber | undefined,
  from: number,
  to: number,
): Verdict {
  if (number === undefined || number.value < from || number.value > to) return bad;
  if (number.junk === '') return good;
  return { kind: 'junk', read: text.slice(0, text.length - number.junk.length) };
}

function judgeTime(text: string, least: number): Verdict {
  const time = parseTime(text);
  if (time === undefined || time.value < least || time.value > longestTime) return bad;
  return time.junk === '' ? good : { kind: 'junk', read: `${String(time.value)}ms` };
}

/** Whether a value keeps its rule. */
export function judge(text: string, rule: ValueRule): Verdict {
  switch (rule.kind) {
    case 'boolean':
      return parseBoolean(text) === undefined ? bad : good;
    case 'time':
      return judgeTime(text, rule.least);
    case 'integer':
      return judgeNumber(text, parseInteger(text), rule.from, rule.to);
    case 'choice':
      return rule.of.includes(rule.anyCase ? text.toLowerCase() : text) ? good : bad;
    case 'absolute-path':
      return text.startsWith('/') ? good : bad;
    case 'assignment':
      return text.startsWith('=') ? bad : good;
    case 'text':
      return good;
  }
}
