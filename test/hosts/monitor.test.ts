/** `[monitor]` with real daemons: a web server that is killed, and one whose status hangs. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { exitCode, openPair, Pair, type TestNode } from './pair.ts';

const interval = 1000;
const extensions = `[monitor httpd]\ninterval = ${String(interval)}ms\ntimeout = 1s\nrestarts = 2\n`;

async function killServer({ host }: TestNode): Promise<void> {
  expect(exitCode(await host.run('sh', ['-c', 'kill -9 $(cat /run/httpd.pid)']))).toBe(0);
}

/** Kills the web server, and resolves when it was restarted and answers. Says how long that took, in milliseconds. */
async function comesBack(pair: Pair, node: TestNode): Promise<number> {
  const from = (await node.log()).length;
  const killed = performance.now();
  await killServer(node);
  await node.logged(/httpd was restarted/, from);
  await pair.servedBy(node);
  return Math.round(performance.now() - killed);
}

describe.concurrent('a watched web server', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['watch1', 'watch2'] });
    for (const { host } of pair.nodes) {
      await host.writeFile('/etc/ha.d/extensions.ini', extensions);
      const script = await host.readFile('/etc/ha.d/resource.d/httpd');
      const hanging = script.replace(
        'status)\n',
        'status)\n  [ ! -e /var/log/hangs ] || { sleep 3600 & echo $! >/var/log/hung; wait; }\n',
      );
      await host.writeFile('/etc/ha.d/resource.d/httpd', hanging, 0o755);
    }
    await pair.startBoth();
    await pair.servedBy(pair.first, 60_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('is restarted where it was, and moved when it dies each time', async () => {
    const { first, second } = pair;
    const took = [await comesBack(pair, first), await comesBack(pair, first)];
    process.stdout.write(`killed, and answered again after ${took.join(' and ')} ms\n`);
    expect(await first.clStatus('hbparameter', '-p', 'monitor')).toMatch(
      /: ok \(failures 2, restarts 2, moves 0\)$/,
    );
    await killServer(first);
    await pair.servedBy(second, 30_000);
    await pair.settled();
    expect(await first.clStatus('hbparameter', '-p', 'monitor')).toMatch(
      /: stopped \(failures 3, restarts 2, moves 1\)$/,
    );
  });

  inTurn(
    'whose status hangs has failed; what hangs is killed, and holds up no heartbeat',
    async () => {
      const { first, second } = pair;
      await second.host.writeFile('/var/log/hangs', '');
      await second.logged(/httpd .* has failed here: status: did not end within 1 s/, 0, 30_000);
      await pair.servedBy(first, 60_000);
      const hung = (await second.host.readFile('/var/log/hung')).trim();
      expect(exitCode(await second.host.run('kill', ['-0', hung]))).not.toBe(0);
      expect(await pair.matching(/is dead/)).toEqual([]);
    },
  );
});

describe.concurrent('a watched web server beside C', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['watchours3', 'watchc4'], programs: ['ours', 'c'] });
    const text = '[monitor]\ninterval = 500ms\nrestarts = 0\n';
    await pair.first.host.writeFile('/etc/ha.d/extensions.ini', text);
    await pair.startBoth();
    await pair.servedBy(pair.first, 60_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('is taken by C when it dies too often', async () => {
    await killServer(pair.first);
    await pair.servedBy(pair.second, 30_000);
    await pair.settled();
    expect(await pair.first.clStatus('rscstatus')).toBe('none');
  });
});
