/** A program of `respawn` on a host: started as its user, started again, and stopped before the daemon ends. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { exitCode, openPair, Pair } from './pair.ts';

const child = '/etc/ha.d/a-child';

describe('a program of respawn', () => {
  let pair: Pair;
  let pid = '';
  beforeAll(async () => {
    const directives = [
      `respawn hacluster ${child} -x`,
      'respawn hacluster /usr/nowhere/mgmtd',
      `failfast hacluster ${child} -f`,
    ];
    pair = await openPair({ names: ['child1', 'child2'], directives });
    // It ends with 100 where it does not find the API socket: it would not be started again.
    const script = '#!/bin/sh\n[ -S /run/heartbeat/register ] || exit 100\nexec sleep 1000\n';
    for (const { host } of pair.nodes) await host.writeFile(child, script, 0o755);
  });
  afterAll(() => Pair.end(pair));

  const newestPid = async (): Promise<string> => {
    const lines = await pair.first.log();
    const pids = lines.flatMap(
      (line) => /Starting .*a-child -x.* \(pid (\d+)\)$/.exec(line)?.[1] ?? [],
    );
    return pids.at(-1) ?? '';
  };

  inTurn('runs as its user, with its groups, once the node is active', async () => {
    await pair.startBoth();
    await pair.first.logged(
      /Starting "\/etc\/ha\.d\/a-child -x" as uid \d+ {2}gid \d+ \(pid \d+\)/,
    );
    pid = await newestPid();
    const uid = await pair.first.host.run('id', ['-u', 'hacluster']);
    const gid = await pair.first.host.run('id', ['-g', 'hacluster']);
    const status = await pair.first.host.run('cat', [`/proc/${pid}/status`]);
    if (uid.kind !== 'exited' || gid.kind !== 'exited' || status.kind !== 'exited') {
      throw new Error('id and cat do not run');
    }
    const [user, group] = [uid.output.trim(), gid.output.trim()];

    expect(status.output).toContain(`Uid:\t${[user, user, user, user].join('\t')}\n`);
    expect(status.output).toContain(`Gid:\t${[group, group, group, group].join('\t')}\n`);
    expect(/^Groups:\t(.*?) *$/m.exec(status.output)?.[1]?.split(' ')).toContain(group);
    await pair.first.logged(/WARN: child client "\/usr\/nowhere\/mgmtd" is not started/);
  });

  inTurn('is started again when it is killed', async () => {
    expect(exitCode(await pair.first.host.run('kill', ['-KILL', pid]))).toBe(0);
    await pair.first.logged(/Managed .*a-child -x process \d+ killed by signal 9 \[SIGKILL - Kill/);
    await pair.first.logged(/ERROR: Respawning client "\/etc\/ha\.d\/a-child -x":/);
    await pair.eventually('another life', async () => (await newestPid()) !== pid);
    pid = await newestPid();
  });

  inTurn('is stopped with the daemon, after the resources', async () => {
    await pair.settled();
    await pair.first.stop();
    const story = (await pair.first.log()).join('\n');

    expect(story).toMatch(
      new RegExp(
        `All HA resources relinquished[^]*killing ${child} -x process group ${pid} with signal 15[^]*Heartbeat shutdown complete`,
      ),
    );
    expect(exitCode(await pair.first.host.run('test', ['-e', `/proc/${pid}`]))).toBe(1);
    await pair.servedBy(pair.second);
  });

  inTurn(
    'of failfast that is killed has the node leave: a host of a test is not rebooted',
    async () => {
      const log = (await pair.second.log()).join('\n');
      const [, victim = ''] = /Starting "\S+ -f" as .* \(pid (\d+)\)/.exec(log) ?? [];
      expect(exitCode(await pair.second.host.run('kill', ['-KILL', victim]))).toBe(0);
      await pair.second.logged(/EMERG: \S+ -f has failed, and failfast asks for a reboot/);
      await pair.second.logged(/child2 Heartbeat shutdown complete/);
      expect(await pair.second.holdsAddress()).toBe(false);
    },
  );
});
