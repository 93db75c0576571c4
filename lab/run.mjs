// `npm run lab`: makes a fresh clone ready (npm packages, compiled files), then starts the lab. Uses only what Node.js brings.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const namespaceProgram = 'unshare';
const userArguments = process.argv.slice(2);

/** Ends the set-up with a sentence for the user. @param {string} sentence @param {number} status @returns {never} */
function giveUp(sentence, status = 1) {
  process.stderr.write(`lab: ${sentence}\n`);
  process.exit(status);
}

/** Every package of the lock file is installed in the version it names (optional ones may be missing). */
function packagesAreInstalled() {
  const installedList = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedList)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([place, entry]) =>
      place === '' || entry.optional === true || installed[place]?.version === entry.version,
  );
}

/** @param {string} folder @returns {string[]} the TypeScript files below it, relative to it */
function sourcesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.d.ts'),
  );
}

/** Each source of `from` has a compiled file in `to` that is not older, nor older than the settings. */
function isCompiled(from, to, settings) {
  const settingsChanged = Math.max(
    ...['tsconfig.json', settings].map((name) => statSync(join(root, name)).mtimeMs),
  );
  return sourcesOf(join(root, from)).every((name) => {
    const compiled = join(root, to, name.replace(/\.ts$/, '.js'));
    if (!existsSync(compiled)) return false;
    const changed = Math.max(statSync(join(root, from, name)).mtimeMs, settingsChanged);
    return statSync(compiled).mtimeMs >= changed;
  });
}

/** Runs a program of the set-up; its output goes to stderr, so that the lab's own output stays alone on stdout. */
function mustRun(what, command, args) {
  process.stderr.write(`lab: ${what}\n`);
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.error) giveUp(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) giveUp(`${what} failed (see above)`);
}

function installPackages() {
  const npm = process.env.npm_execpath;
  const what = 'installing the npm packages (npm ci)';
  if (npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)) {
    mustRun(what, process.execPath, [npm, 'ci']);
  } else {
    mustRun(what, 'npm', ['ci']);
  }
}

function compile(from, to, settings) {
  if (isCompiled(from, to, settings)) return;
  const compiler = join(root, 'node_modules/.bin/tsc');
  mustRun(`compiling ${from}`, process.execPath, [compiler, '-p', settings]);
}

const noUserNamespaces = `it needs root, or user namespaces, and this machine allows you neither. One of these helps:
  sudo npm run lab
  sysctl -w kernel.unprivileged_userns_clone=1              (older Debian kernels)
  sysctl -w kernel.apparmor_restrict_unprivileged_userns=0  (Ubuntu)
  sysctl -w user.max_user_namespaces=10000                  (where it is 0)`;

/** As root the lab runs in this process; else again, as the root of a user namespace. */
async function startLab() {
  const lab = join(root, 'dist/lab/main.js');
  if (process.getuid?.() === 0) {
    await import(lab);
    return;
  }
  const asRoot = ['--user', '--map-root-user', '--'];
  const trial = spawnSync(namespaceProgram, [...asRoot, 'true'], { stdio: 'ignore' });
  if (trial.error) giveUp('unshare is missing: apt-get install util-linux');
  if (trial.status !== 0) giveUp(noUserNamespaces);
  // The fourth channel closes when this process dies, however it dies; the lab then ends, too.
  const child = spawn(namespaceProgram, [...asRoot, process.execPath, lab, ...userArguments], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, HA_LAB_PARENT_FD: '3' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal === 'SIGINT' ? 'SIGTERM' : signal));
  }
  child.on('error', (error) => giveUp(`unshare could not be started: ${error.message}`));
  child.on('exit', (code) => process.exit(code ?? 1));
}

if (process.platform !== 'linux') giveUp('it needs Linux: it is made of network namespaces');
if (Number(process.versions.node.split('.')[0]) < 20) {
  giveUp(`it needs Node.js 20 or newer; this is ${process.version}`);
}
if (!packagesAreInstalled()) installPackages();
compile('src', 'dist', 'tsconfig.build.json');
compile('lab', 'dist/lab', 'lab/tsconfig.build.json');
await startLab();
