#!/usr/bin/env node
/** `hb_setweight N W` (spec membership 8). */
import { paths } from '../daemon/paths.ts';
import { nodeRequest } from './node-request.ts';

process.exitCode = await nodeRequest('hb_setweight', process.argv.slice(2), {
  program: process.argv[1] ?? 'hb_setweight',
  fifo: paths().fifo,
  isWatched: process.stderr.isTTY,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
