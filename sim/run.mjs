// `npm run sim`: compiles the simulator and the pure rooms, then starts it.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiler = join(root, 'node_modules/.bin/tsc');
const compiled = spawnSync(
  process.execPath,
  [compiler, '-p', join(root, 'sim/tsconfig.build.json')],
  {
    stdio: ['ignore', 2, 2],
  },
);
if (compiled.status !== 0) process.exit(2);
await import(join(root, 'dist/sim/sim/main.js'));
