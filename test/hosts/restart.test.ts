/** `heartbeat -r` after ha.cf was changed: a new life of the daemon, in which nothing of the service is touched. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { exitCode, haCf, openPair, Pair, type PairPlan } from './pair.ts';

const agentActs = /Running \S+ .*(start|stop)$|Running IPaddr/;

describe.each([
  ['ours', { names: ['again1', 'again2'], programs: ['ours', 'ours'] }],
  ['C', { names: ['again3', 'again4'], programs: ['ours', 'c'] }],
] satisfies [string, PairPlan][])('a quick restart beside %s', (_, plan) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair(plan);
  });
  afterAll(() => Pair.end(pair));

  inTurn('keeps the process and the service, and nobody sees a death', async () => {
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
    const pid = await pair.first.daemonPid();
    const logged = (await pair.first.log()).length;
    const seen = (await pair.second.log()).length;
    await pair.first.host.writeFile('/etc/ha.d/ha.cf', haCf({ ...plan, deadtime: 3 }));
    expect(exitCode(await pair.first.command('heartbeat', '-r'))).toBe(0);
    await pair.first.logged(/Performing heartbeat restart exec\./, logged);
    await pair.first.logged(/Initial resource acquisition complete/, logged);
    await pair.settled();

    expect(await pair.first.daemonPid()).toBe(pid);
    expect(await pair.first.clStatus('hbparameter', '-p', 'deadtime')).toBe('3');
    expect(await pair.first.clStatus('rscstatus')).toBe('local');
    expect(await pair.ask()).toBe(`served by ${pair.first.name}`);
    const lines = (await pair.first.log()).slice(logged);
    expect(lines.filter((line) => agentActs.test(line))).toEqual([]);
    const others = (await pair.second.log()).slice(seen);
    expect(others.filter((line) => /is dead|CRIT|ERROR/.test(line))).toEqual([]);
    expect(others.join('\n')).toContain(`Heartbeat restart on node ${pair.first.name}`);
  });

  inTurn('can be had a second time', async () => {
    const logged = (await pair.first.log()).length;
    await pair.first.host.writeFile('/etc/ha.d/ha.cf', haCf({ ...plan, deadtime: 2 }));
    expect(exitCode(await pair.first.command('heartbeat', '-r'))).toBe(0);
    await pair.first.logged(/Initial resource acquisition complete/, logged);
    await pair.settled();
  });

  inTurn('goes back to the old files when the new ones cannot be carried out', async () => {
    const taken = 'require("dgram").createSocket("udp4").bind(7694, () => console.log("bound"))';
    const other = pair.first.host.spawn(process.execPath, ['-e', taken]);
    await once(other.stdout, 'data');
    const { host } = pair.first;
    const generation = await host.readFile('/var/lib/heartbeat/hb_generation');
    const logged = (await pair.first.log()).length;
    const seen = (await pair.second.log()).length;
    const media = ['udpport 7694', 'bcast eth0'];
    await host.writeFile('/etc/ha.d/ha.cf', haCf({ ...plan, media }));
    expect(exitCode(await pair.first.command('heartbeat', '-r'))).toBe(0);
    await pair.first.logged(/No restart with the new files\. Going on as before\./, logged);
    await pair.first.logged(/Initial resource acquisition complete/, logged);
    await pair.settled();

    expect(await pair.first.clStatus('hbparameter', '-p', 'deadtime')).toBe('2');
    expect(await pair.ask()).toBe(`served by ${pair.first.name}`);
    const after = await host.readFile('/var/lib/heartbeat/hb_generation');
    expect(Number(after)).toBeGreaterThan(Number(generation));
    const others = (await pair.second.log()).slice(seen);
    expect(others.filter((line) => /is dead|CRIT|ERROR/.test(line))).toEqual([]);
    other.kill('SIGKILL');
  });

  inTurn('leaves a node that moves its service as before', async () => {
    await pair.first.standby();
    await pair.servedBy(pair.second, 30_000);
    await pair.settled();
    await pair.first.stop();
  });
});
