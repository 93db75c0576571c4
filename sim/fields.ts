/** Messages as a simulation writes and reads them. */
import { text, valueOf, type Field } from '../src/message/messages.ts';

export const draftOf = (fields: Record<string, string>): Field[] =>
  Object.entries(fields).map(([field, value]) => text(field, value));

/** Of what a script of rc.d is told: `n` and `src`. */
export function noticeWords(fields: readonly Field[]): string[] {
  return ['n', 'src'].flatMap((name) => {
    const value = valueOf(fields, name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
}
