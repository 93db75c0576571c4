/**
 * `hb_addnode`, `hb_delnode`, `hb_setweight` and `hb_setsite`: what is typed, and what the daemon is told through the FIFO
 * (spec client-api 2 and membership 8).
 */
import { writeFifo } from '../clients/fifo-write.ts';
import { fail, succeed, type Result } from '../result.ts';
import { tellFailure, type Terminal } from './hb-request.ts';

/** Which of the four commands it is. */
export type NodeRequest = 'hb_addnode' | 'hb_delnode' | 'hb_setweight' | 'hb_setsite';

/** The fields of the message, or what is wrong with the words; undefined when there is nothing to say but the usage. */
type Reading = Result<readonly string[], string | undefined>;

interface Form {
  readonly usage: string;
  read(words: readonly string[]): Reading;
  /** For somebody who looks on: what was asked, and what the command cannot promise. */
  readonly asked: string;
}

/** The FIFO's reader drops a whole message for one longer line, in bytes, NL included (spec client-api 2). */
const maxLineBytes = 511;
const maxNameBytes = 99;
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

const forms: Readonly<Record<NodeRequest, Form>> = {
  hb_addnode: {
    usage: '<node> <node> ...',
    read: (words) => nodeList('addnode', words),
    asked:
      'Asked all nodes to add them; the log tells what came of it. It lasts until the next start: add them to ha.cf on every node, too.',
  },
  hb_delnode: {
    usage: '<node> <node> ...',
    read: (words) => nodeList('delnode', words),
    asked:
      'Asked all nodes to remove them; the log tells what came of it: only dead nodes are removed, and only while all others are up. Take them out of ha.cf on every node, too.',
  },
  hb_setweight: {
    usage: '<node> <weight>',
    read: (words) => assignment('setweight', 'weight', words),
    asked: 'Asked all nodes to set the weight.',
  },
  hb_setsite: {
    usage: '<node> <site>',
    read: (words) => assignment('setsite', 'site', words),
    asked: 'Asked all nodes to set the site.',
  },
};

/**
 * Asks the daemon and returns the exit code: 0 as soon as the request is in the FIFO, whatever comes of it; 1 for wrong
 * words, for `--help` too (as in C), and when no daemon runs; 2 without permission.
 */
export async function nodeRequest(
  kind: NodeRequest,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const form = forms[kind];
  const reading = asksForHelp(words) ? fail(undefined) : form.read(words);
  if (!reading.ok) return misused(kind, reading.reason, terminal);
  const lines = reading.value.map((line) => `${line}\n`);
  if (lines.some((line) => line.length > maxLineBytes)) {
    return misused(kind, 'the words are too long for one message: ask several times', terminal);
  }
  const written = await writeFifo(terminal.fifo, `>>>\n${lines.join('')}<<<\n`);
  if (!written.ok) return tellFailure(kind, written.reason, terminal);
  if (terminal.isWatched) terminal.complain(`${form.asked}\n`);
  return 0;
}

/** C's tools would send `-h` as a name. */
const asksForHelp = (words: readonly string[]): boolean =>
  words.length === 0 || words[0] === '--help' || words[0] === '-h';

function misused(kind: NodeRequest, what: string | undefined, terminal: Terminal): number {
  if (what !== undefined) terminal.complain(`${kind}: ${what}\n`);
  terminal.print(`usage: ${kind} ${forms[kind].usage}\n`);
  return 1;
}

function nodeList(type: string, names: readonly string[]): Reading {
  for (const [index, name] of names.entries()) {
    const fault = faultOfName(name);
    if (fault !== undefined) return fail(fault);
    if (names.indexOf(name) !== index) return fail(`${name} is named twice`);
  }
  return succeed([`t=${type}`, `nodelist=${names.join(' ')}`]);
}

function assignment(type: string, field: 'weight' | 'site', words: readonly string[]): Reading {
  const [node = '', value, ...more] = words;
  if (value === undefined) return fail(`the ${field} is missing`);
  if (more.length > 0) return fail('too many arguments');
  const fault = faultOfName(node) ?? faultOfValue(field, value);
  return fault === undefined
    ? succeed([`t=${type}`, `node=${node}`, `${field}=${value}`])
    : fail(fault);
}

/** The tools of C send anything, and a name with a line break is a message of its own. */
function faultOfName(name: string): string | undefined {
  if (name.length > maxNameBytes)
    return `a node name has at most ${String(maxNameBytes)} characters`;
  return namePattern.test(name)
    ? undefined
    : `${JSON.stringify(name)} is no node name (letters, digits, ".", "_" and "-"; see uname -n there)`;
}

function faultOfValue(field: 'weight' | 'site', value: string): string | undefined {
  if (field === 'weight') {
    return /^[0-9]{1,9}$/.test(value)
      ? undefined
      : `${JSON.stringify(value)} is no weight: a whole number, 100 unless set`;
  }
  return /^[\x21-\x7e]+$/.test(value) ? undefined : `${JSON.stringify(value)} is no site: one word`;
}
