/** The option directives of ha.cf: every value is judged, the last good one counts. */
import type { Report } from './problem.ts';
import type { Statement } from './statements.ts';
import { judge, parseBoolean } from './values.ts';
import type { Word } from './words.ts';

/** The good values of each directive in the order of the file. */
export type Given = ReadonlyMap<string, readonly Word[]>;

export const lastOf = (given: Given, directive: string): Word | undefined =>
  given.get(directive)?.at(-1);

function isGood(name: string, word: Word, statement: Statement, report: Report): boolean {
  const rule = statement.directive.rule;
  const verdict = judge(word.text, rule);
  const facts = { at: word.at, directive: name, value: word.text };
  if (verdict.kind === 'bad') report({ kind: 'bad-value', severity: 'error', ...facts, rule });
  if (verdict.kind === 'junk') {
    report({ kind: 'junk-after-number', severity: 'warning', ...facts, read: verdict.read });
  }
  return verdict.kind !== 'bad';
}

/** Whether nothing is lost although the directive has no effect here. */
function isIdle(statement: Statement): boolean {
  const value = statement.words.at(-1)?.text ?? '';
  if (statement.name === 'uuidfrom') return value === 'file';
  return statement.directive.rule.kind === 'boolean' && parseBoolean(value) === false;
}

/** Tells of a directive that is accepted and not carried out. */
function checkEffect(statement: Statement, report: Report): void {
  const effect = statement.directive.effect;
  if (effect.kind === 'now' || isIdle(statement)) return;
  const facts = { at: statement.at, directive: statement.written };
  if (effect.kind === 'later') report({ kind: 'no-effect-yet', severity: 'warning', ...facts });
  else report({ kind: 'no-effect', severity: 'warning', ...facts, why: effect.why });
}

/** Directives that C heartbeat refuses when they come again. */
const onceOnly: ReadonlySet<string> = new Set(['baud', 'watchdog', 'pacemaker']);

function checkRepetition(statement: Statement, before: readonly Word[], report: Report): void {
  const { name, written, directive, words } = statement;
  const [first] = before;
  if (directive.list) return;
  if (first !== undefined || (onceOnly.has(name) && words.length > 1)) {
    const facts = { at: statement.at, directive: written, before: first?.at ?? statement.at };
    if (onceOnly.has(name)) report({ kind: 'given-twice', severity: 'error', ...facts });
    else report({ kind: 'repeated', severity: 'warning', ...facts });
    return;
  }
  const last = words.at(-1);
  if (last === undefined || words.length === 1) return;
  const facts = { at: last.at, directive: written, used: last.text };
  report({ kind: 'several-values', severity: 'warning', ...facts });
}

/** `ping` and the like may be written without a value: nothing happens then. */
function checkPresence(statement: Statement, report: Report): void {
  if (statement.words.length > 0) return;
  const example = statement.directive.example;
  const facts = { at: statement.at, directive: statement.written, example };
  report({ kind: 'value-missing', severity: 'warning', ...facts });
}

function checkFileName(name: string, word: Word, report: Report): void {
  const facts = { at: word.at, directive: name, value: word.text };
  if (/^["']/.test(word.text)) report({ kind: 'quoted-value', severity: 'warning', ...facts });
  else if (!word.text.startsWith('/')) {
    report({ kind: 'relative-file', severity: 'warning', ...facts });
  }
}

/** Judges every value of every option directive. */
export function readOptions(statements: readonly Statement[], report: Report): Given {
  const given = new Map<string, Word[]>();
  for (const statement of statements) {
    const isOption = statement.directive.form === 'option';
    if (isOption) checkPresence(statement, report);
    if (!isOption || statement.words.length > 0) checkEffect(statement, report);
    if (!isOption) continue;
    const words = given.get(statement.name) ?? [];
    checkRepetition(statement, words, report);
    given.set(statement.name, words);
    words.push(
      ...statement.words.filter((word) => isGood(statement.written, word, statement, report)),
    );
  }
  for (const name of ['logfile', 'debugfile']) {
    for (const word of given.get(name) ?? []) checkFileName(name, word, report);
  }
  return given;
}
