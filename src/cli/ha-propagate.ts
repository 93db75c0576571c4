#!/usr/bin/env node
/** `ha_propagate`: gives this machine's configuration to the other nodes (spec config 14). */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { ownLanguage } from '../daemon/own-language.ts';
import { ownName } from '../daemon/own-name.ts';
import { paths } from '../daemon/paths.ts';
import { parsePropagateOptions } from './propagate-options.ts';
import { propagate } from './propagate.ts';

const where = paths();
const parsed = parsePropagateOptions(process.argv.slice(2));
if (parsed.ok) {
  process.exitCode = await propagate(parsed.value, {
    configDir: where.configDir,
    self: await ownName(where.nodeInfo),
    language: ownLanguage(),
    ask: process.stdin.isTTY ? ask : undefined,
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
  });
} else {
  const { status, text } = parsed.reason;
  (status === 0 ? process.stdout : process.stderr).write(text);
  process.exitCode = status;
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // The end of the input closes it without an answer, and the question would wait for ever.
    const closed = once(terminal, 'close').then(() => '');
    const answer = await Promise.race([terminal.question(question), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
