/** Reading single fields of an authentic message (spec wire 4 and 5). */
import type { Result } from '../result.ts';
import { fail } from '../result.ts';
import type { NodeName } from '../units.ts';
import { nodeName } from '../units.ts';
import { type Field, maxClusterNodes } from './messages.ts';
import type { BodyFault } from './misfit.ts';

/** The field is not there. */
export const missing = (field: string): Result<never, BodyFault> =>
  fail({ field, fault: 'missing' });
/** The field says nothing that can be used. */
export const bad = (field: string): Result<never, BodyFault> => fail({ field, fault: 'bad' });

/** Whichever of the two it is. */
export const fault = (fields: readonly Field[], field: string): Result<never, BodyFault> =>
  textOf(fields, field) === undefined ? missing(field) : bad(field);

/** The first field of that name counts (n071), if it is a string. */
export function textOf(fields: readonly Field[], name: string): string | undefined {
  const field = fields.find((candidate) => candidate.name === name);
  return field?.type === 0 ? field.value : undefined;
}

/** Up to 13 hex digits, which a number holds exactly; C also takes blanks, `0x` and what follows (n028, n029). */
export function hexOf(fields: readonly Field[], name: string): number | undefined {
  const digits = textOf(fields, name);
  return digits !== undefined && /^[0-9a-fA-F]{1,13}$/.test(digits)
    ? Number.parseInt(digits, 16)
    : undefined;
}

/** Up to 15 decimal digits. */
export function decimalOf(fields: readonly Field[], name: string): number | undefined {
  const digits = textOf(fields, name);
  return digits !== undefined && /^[0-9]{1,15}$/.test(digits) ? Number(digits) : undefined;
}

/** At most 100 names with blanks between them. */
export function namesOf(fields: readonly Field[], name: string): readonly NodeName[] | undefined {
  const words = textOf(fields, name)
    ?.split(' ')
    .filter((word) => word !== '');
  if (words === undefined || words.length > maxClusterNodes) return undefined;
  const names = words.map(readName).filter((word) => word !== undefined);
  return names.length === words.length ? names : undefined;
}

/** 1 to 99 bytes, none of them a blank or a control character. */
export const readName = (word: string): NodeName | undefined =>
  /^[!-~\u0080-\u00ff]{1,99}$/.test(word) ? nodeName(word) : undefined;
