#!/usr/bin/env node
/** `hb_standby [all|foreign|local|failback]` (spec resources 11). */
import { paths } from '../daemon/paths.ts';
import { request } from './hb-request.ts';

process.exitCode = await request('hb_standby', process.argv.slice(2), {
  program: process.argv[1] ?? 'hb_standby',
  fifo: paths().fifo,
  isWatched: process.stderr.isTTY,
  print: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
});
