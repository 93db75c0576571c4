#!/usr/bin/env node
/**
 * `npm run check`: types, lint, format, rooms, dead code, unit tests, build; each one that fails fails the whole.
 * `--no-tests`: for who has just run `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** Fewer would mean that the tool read nothing, which it calls a success. */
const sources = ['src', 'lab', 'sim']
  .flatMap((folder) => readdirSync(folder, { recursive: true }))
  .filter((file) => String(file).endsWith('.ts')).length;

const steps = [
  { name: 'compiler', command: ['tsc', '--version'], expect: /Version 7\./ },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'lint', command: ['eslint', '.'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  {
    name: 'rooms',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src', 'lab', 'sim'],
    holds: (output) => Number(/\((\d+) modules/.exec(output)?.[1] ?? 0) >= sources,
  },
  { name: 'dead', command: ['knip'] },
  ...(process.argv.includes('--no-tests')
    ? []
    : [{ name: 'unit tests', command: ['vitest', 'run', '--project', 'unit'] }]),
  { name: 'build', command: ['tsc', '-p', 'tsconfig.build.json'] },
];

const failed = [];
for (const { name, command, expect, holds } of steps) {
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', ...command], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, CI: 'true', FORCE_COLOR: '0' },
  });
  const sound = (expect?.test(stdout) ?? true) && (holds?.(stdout) ?? true);
  const good = status === 0 && sound;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (good) continue;
  failed.push(name);
  console.log(stdout.slice(-20_000) + stderr.slice(-5_000));
  if (!sound) console.log(`${name}: the tool did not do what it was asked to`);
}
console.log(`${steps.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
