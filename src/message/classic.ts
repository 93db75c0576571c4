/** Classic text: `>>>` LF, one `name=value` a line, `<<<` LF (spec wire 2.3). Texts here are byte strings. */
import { Buffer } from 'node:buffer';
import type { Result } from '../result.ts';
import { fail, succeed } from '../result.ts';
import type { Field } from './messages.ts';
import { formatList, isName, maxNesting, readList } from './netstring.ts';
import type { FieldFault } from './refusal.ts';

export const classicStart = '>>>\n';
export const classicEnd = '<<<\n';

/** Stands for an LF inside a string. */
const lineFeedInString = '\x13';

/** The message with its marks, for fields that `fitsClassic`. */
export const formatClassic = (fields: readonly Field[]): string =>
  classicStart + formatLines(fields) + classicEnd;

/** The lines of all fields without the marks: what an `auth` field covers (spec wire 3.3). */
export function formatLines(fields: readonly Field[]): string {
  return fields.map((field) => formatLine(field, 0)).join('');
}

/** Whether reading the text again would give the same fields: the classic text cannot say everything. */
export function fitsClassic(fields: readonly Field[]): boolean {
  return fields.every((field) => fieldFits(field, 0));
}

/**
 * The field of one line without its LF, in a message `depth` levels down.
 * A name in front of which nothing stands is a string; `(1)` to `(4)` are the other types.
 */
export function parseLine(line: string, depth: number): Result<Field, FieldFault> {
  const split = line.indexOf('=');
  if (split < 1) return fail('no-equals-sign');
  const label = line.slice(0, split);
  const value = line.slice(split + 1);
  if (!label.startsWith('(')) return parseString(label, value);
  if (label[2] !== ')') return fail('bad-type');
  const name = label.slice(3);
  if (!isName(name)) return fail('bad-name');
  return parseTyped(label[1] ?? '', name, { text: value, depth });
}

/** The fields of all lines between the marks; empty lines are skipped. */
export function parseLines(lines: string, depth: number): Result<readonly Field[], FieldFault> {
  const fields: Field[] = [];
  for (const line of lines.split('\n')) {
    if (line === '') continue;
    const field = parseLine(line, depth);
    if (!field.ok) return field;
    fields.push(field.value);
  }
  return succeed(fields);
}

/** What replaces LF in the text of a child of a message `depth` levels down (0 for the top). */
const separatorAt = (depth: number): string =>
  String.fromCharCode(depth < 12 ? 20 + depth : 15 + depth - 12);

function formatLine(field: Field, depth: number): string {
  const label = field.type === 0 ? field.name : `(${String(field.type)})${field.name}`;
  return `${label}=${formatValue(field, depth)}\n`;
}

function formatValue(field: Field, depth: number): string {
  switch (field.type) {
    case 0:
      return field.value.replaceAll('\n', lineFeedInString);
    case 1:
    case 4:
      return Buffer.from(field.value, 'latin1').toString('base64');
    case 2:
      return childText(field.fields, depth).replaceAll('\n', separatorAt(depth));
    case 3:
      return formatList(field.items);
  }
}

const childText = (fields: readonly Field[], depth: number): string =>
  classicStart + fields.map((field) => formatLine(field, depth + 1)).join('') + classicEnd;

function fieldFits(field: Field, depth: number): boolean {
  if (field.name.startsWith('(')) return false;
  switch (field.type) {
    case 0:
      return !field.value.includes(lineFeedInString);
    case 1:
    case 4:
      return true;
    case 2:
      return (
        field.fields.every((child) => fieldFits(child, depth + 1)) &&
        !childText(field.fields, depth).includes(separatorAt(depth))
      );
    case 3:
      return !field.items.some((item) => item.includes('\n'));
  }
}

function parseString(name: string, value: string): Result<Field, FieldFault> {
  if (!isName(name)) return fail('bad-name');
  if (value.includes('\0')) return fail('nul-in-string');
  return succeed({ type: 0, name, value: value.replaceAll(lineFeedInString, '\n') });
}

function parseTyped(
  type: string,
  name: string,
  value: { readonly text: string; readonly depth: number },
): Result<Field, FieldFault> {
  switch (type) {
    case '1':
    case '4': {
      const bytes = fromBase64(value.text);
      if (bytes === undefined) return fail('bad-base64');
      return succeed({ type: type === '1' ? 1 : 4, name, value: bytes });
    }
    case '2': {
      const fields = parseChild(value.text, value.depth);
      return fields.ok ? succeed({ type: 2, name, fields: fields.value }) : fields;
    }
    case '3': {
      const items = readList(Buffer.from(value.text, 'latin1'));
      return items.ok ? succeed({ type: 3, name, items: items.value }) : items;
    }
    default:
      return fail('bad-type');
  }
}

function parseChild(value: string, depth: number): Result<readonly Field[], FieldFault> {
  if (depth >= maxNesting) return fail('nested-too-deep');
  const child = value.replaceAll(separatorAt(depth), '\n');
  if (!child.startsWith(classicStart) || !child.endsWith(`\n${classicEnd}`)) {
    return fail('bad-struct');
  }
  return parseLines(child.slice(classicStart.length, -classicEnd.length), depth + 1);
}

/** The bytes of standard base64 with its padding, or nothing when it is written in any other way. */
function fromBase64(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('latin1') : undefined;
}
