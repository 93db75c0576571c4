/** What a daemon that was killed has left at work, as its scripts find it: processes of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { callEnvironment, leftAtWork } from '../../src/agents/left-at-work.ts';
import { outlastScripts } from '../../src/daemon/left-scripts.ts';
import { millis, seconds } from '../../src/units.ts';
import { temporaryDirectory, writeScript } from '../agents/temp-directory.ts';

/** A script that says so when it is at work, and works until it is told to end. */
async function atWork(body: string): Promise<{ child: ChildProcess; path: string }> {
  const directory = await temporaryDirectory();
  const path = await writeScript(directory, 'slow é', `${body}\necho begun\nread end`);
  const environment = callEnvironment({ PATH: '/usr/bin:/bin' }, { path, args: ['a b', 'start'] });
  const child = spawn(path, ['a b', 'start'], { detached: true, env: environment, stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, path };
}

/** Other tests have scripts at work at the same time. */
const lookAt = (child: ChildProcess) => async () =>
  (await leftAtWork()).filter((one) => one.group === child.pid);

test('a script is at work until it ends, and waited for as long', async () => {
  const { child, path } = await atWork('');
  const said: string[] = [];
  expect(await leftAtWork()).toContainEqual({ group: child.pid, words: `${path} a b start` });

  const say = (level: string, text: string): void => {
    said.push(`${level}: ${text}`);
    child.stdin?.end();
  };
  await outlastScripts(seconds(60), say, lookAt(child));

  expect(said).toEqual([
    `WARN: ${path} a b start [pid ${String(child.pid)}] was begun by a heartbeat that was killed: waiting for its end`,
  ]);
  expect(await lookAt(child)()).toEqual([]);
});

test('one that does not end is killed at the limit', async () => {
  const { child } = await atWork('');
  const exited = once(child, 'exit');
  const said: string[] = [];
  const say = (level: string, text: string): void => {
    said.push(`${level}: ${text}`);
  };

  await outlastScripts(millis(150), say, lookAt(child));

  expect(await exited).toEqual([null, 'SIGTERM']);
  expect(said.at(-1)).toMatch(/^ERROR: .* killed: it did not end within 0.15 s$/);
});

test('a service that a script has left behind is none, in whatever way it was started', async () => {
  const { child, path } = await atWork('(sleep 3; true) & setsid sleep 3 & exec 2>&1');
  child.stdin?.end();
  await once(child, 'exit');

  const words = (await leftAtWork()).map((one) => one.words);
  expect(words).not.toContain(`${path} a b start`);
});
