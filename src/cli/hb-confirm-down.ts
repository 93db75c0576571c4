#!/usr/bin/env node
/** `hb_confirm_down [-y] NODE`: the operator says that a node is down, whatever the fencing device says. */
import { createInterface } from 'node:readline/promises';
import { paths } from '../daemon/paths.ts';
import { confirmDown } from './confirm-down.ts';

/** Undefined at the end of the input. */
async function ask(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false });
  process.stdout.write(question);
  for await (const line of lines) return line;
  return undefined;
}

process.exitCode = await confirmDown(process.argv.slice(2), {
  fifo: paths().fifo,
  ask,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
