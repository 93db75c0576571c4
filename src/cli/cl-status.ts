#!/usr/bin/env node
/** `cl_status`: what heartbeat on this machine knows of the cluster, for people and scripts (spec client-api 11). */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileLine } from '../daemon/log-format.ts';
import { paths } from '../daemon/paths.ts';
import { clStatus } from './cl-status-run.ts';

const { registerSocket: register, runDir } = paths();
const sockets = { register, ccm: join(runDir, 'ccm/ccm') };
process.exitCode = await clStatus(process.argv.slice(2), sockets, {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  error: (text) => {
    const stamp = {
      time: new Date(),
      host: hostname(),
      program: 'cl_status',
      pid: process.pid,
    };
    process.stderr.write(fileLine({ level: 'ERROR', text }, stamp, true));
  },
});
