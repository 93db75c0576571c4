/** Fencing with real daemons: an `external/` script that has the power of the other host cut, and `meatclient` of cluster-glue. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { exitCode, openPair, Pair, result, type TestNode } from './pair.ts';

/** Asks whoever runs the test to cut the power, and waits until that is done; a file `broken` makes it fail. */
const script = `#!/bin/sh
case $1 in
getconfignames) echo hostlist;;
getinfo-devid) echo "power switch";;
gethosts) echo $hostlist | tr , ' ';;
reset)
  [ ! -e /var/log/broken ] || exit 1
  rm -f /var/log/done; echo "$2" >/var/log/wanted
  while [ ! -e /var/log/done ]; do sleep 0.05; done;;
esac
`;

const plugins = '/usr/lib/stonith/plugins/external';

/** The plug-ins of this host alone; they are lost with its power. */
async function installScript({ host }: TestNode): Promise<void> {
  const mounted = await host.run('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', plugins]);
  expect(exitCode(mounted)).toBe(0);
  await host.writeFile(`${plugins}/power`, script, 0o755);
}

/** Does what the script on `from` asks for, when it asks. */
async function cutPower(pair: Pair, from: TestNode, victim: TestNode): Promise<void> {
  const wanted = async (): Promise<boolean> =>
    (await from.host.readFile('/var/log/wanted').catch(() => '')) === `${victim.name}\n`;
  await pair.eventually('the script is called', wanted, 30_000);
  expect(await from.holdsAddress()).toBe(false);
  await victim.host.powerOff();
  await from.host.writeFile('/var/log/done', '');
}

const combinations = [
  { names: ['fence1', 'fence2'], programs: ['ours', 'ours'] },
  { names: ['fencec1', 'fenceours2'], programs: ['c', 'ours'] },
] as const;

describe.concurrent.each(combinations)('fencing of $programs', ({ names, programs }) => {
  let pair: Pair;
  beforeAll(async () => {
    const directives = [`stonith_host * external/power ${names.join()}`];
    pair = await openPair({ names, programs, directives });
    await Promise.all(pair.nodes.map(installScript));
    await pair.startBoth();
    await pair.servedBy(pair.first, 60_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('nothing is taken over while the device fails; meatclient confirms', async () => {
    const { first, second } = pair;
    const failure = new RegExp(`STONITH of ${first.name} failed\\.  Retrying\\.\\.\\.`);
    await second.host.writeFile('/var/log/broken', '');
    await first.host.powerOff();
    await second.logged(failure, 0, 30_000);
    await second.logged(failure, (await second.log()).length, 30_000);

    expect(await second.holdsAddress()).toBe(false);
    const client = await second.host.run('meatclient', ['-c', first.name], { input: 'y\n' });
    expect(exitCode(client)).toBe(0);
    await pair.servedBy(second);
    await second.logged(new RegExp(`node ${first.name} is down: confirmed by the operator`));
  });

  inTurn('a cut node is reset by the script, and only then is its service taken', async () => {
    const { first, second } = pair;
    await first.host.powerOn();
    await first.program.prepare(first.host);
    await installScript(first);
    await second.host.run('rm', ['/var/log/broken']);
    await first.start();
    await pair.settled(60_000);
    await second.standby();
    await pair.servedBy(first, 60_000);
    await pair.settled(60_000);
    const from = (await second.log()).length;
    await first.host.cut();
    await cutPower(pair, second, first);
    await pair.servedBy(second, 30_000);
    const log = (await second.log()).slice(from).join('\n');

    expect(log).toMatch(/Resetting node \S+ with \[power switch\]/);
    expect(log.indexOf(`node ${first.name} now reset.`)).toBeLessThan(
      log.indexOf(`Resources being acquired from ${first.name}.`),
    );
    await first.host.heal();
  });

  inTurn('the device can be asked what it would do, and the node what it has done', async () => {
    const { first, second } = pair;
    const asked = await second.command('heartbeat', '--fence-test', first.name);

    expect(result(asked)).toEqual([
      `STONITH device external/power [power switch]: operational\nit controls ${names.join(' ')}: ${first.name}\n`,
      '',
      0,
    ]);
    expect(await second.clStatus('hbparameter', '-p', 'fencing')).toMatch(
      /is down, reset \d+ s ago/,
    );
  });
});

describe.concurrent('our node that cannot stop a resource, beside C with a device', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({
      names: ['fenceours3', 'fencec4'],
      programs: ['ours', 'c'],
      directives: ['stonith_host * external/power fenceours3,fencec4'],
    });
    await Promise.all(pair.nodes.map(installScript));
    const { host } = pair.first;
    const httpd = await host.readFile('/etc/ha.d/resource.d/httpd');
    await host.writeFile('/etc/ha.d/httpd', httpd, 0o755);
    const stuck = '#!/bin/sh\n[ "$1" != stop ] || exit 1\nexec /etc/ha.d/httpd "$@"\n';
    await host.writeFile('/etc/ha.d/resource.d/httpd', stuck, 0o755);
    await host.writeFile('/etc/ha.d/extensions.ini', '[failures]\nstop = fence\n');
    await pair.startBoth();
    await pair.servedBy(pair.first, 60_000);
    await pair.settled();
  });
  afterAll(() => Pair.end(pair));

  inTurn('falls silent, and is reset by C before that takes over', async () => {
    const { first, second } = pair;
    await first.standby();
    await first.logged(/Falling silent, so that the other node resets this one/, 0, 40_000);
    await cutPower(pair, second, first);
    await pair.servedBy(second, 40_000);

    await second.logged(/node fenceours3 now reset\./);
  });
});
