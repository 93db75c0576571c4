/** What the Chinese tables of words share. */
import type { Position } from './settings.ts';

/** `；是否想写“x”？`, or nothing. */
export const orMeant = (suggestion: string | undefined): string =>
  suggestion === undefined ? '' : `；是否想写“${suggestion}”？`;

/** `a、b、c`; more than `most` are cut short. */
export function series(words: readonly string[], most = 12): string {
  if (words.length === 0) return '（无）';
  const shown = words.slice(0, most).join('、');
  return words.length > most ? `${shown} 等` : shown;
}

/** A place in the same file: `第 4 行`. */
export const onLine = (at: Position): string => `第 ${String(at.line)} 行`;

/** Milliseconds as an operator writes them. */
export const duration = (ms: number): string =>
  ms % 1000 === 0 ? `${String(ms / 1000)} 秒` : `${String(ms)} 毫秒`;
