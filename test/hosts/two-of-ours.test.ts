/** Two of our nodes: the service moves when it is told to, when its node stops, and when its node dies. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { inTurn } from './in-turn.ts';
import { exitCode, openPair, Pair, result } from './pair.ts';

describe.concurrent('two of ours with auto_failback off', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['off1', 'off2'] });
  });
  afterAll(() => Pair.end(pair));

  inTurn('the service answers from the preferred node after a cold start', async () => {
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();

    expect(await pair.first.clStatus('rscstatus')).toBe('local');
    expect(await pair.second.clStatus('rscstatus')).toBe('local');
    expect(exitCode(await pair.first.command('heartbeat', '-s'))).toBe(0);
  });

  inTurn('cl_status, ours and the C program, say the same of our daemon', async () => {
    const questions = [
      ['hbstatus'],
      ['hbstatus', '-m'],
      ['listnodes'],
      ['listnodes', '-v'],
      ['listnodes', '-p'],
      ['nodestatus', 'off2'],
      ['nodestatus', 'off2', '-m'],
      ['nodetype', 'off1'],
      ['listhblinks', 'off2', '-v'],
      ['hblinkstatus', 'off2', 'eth0'],
      ['hblinkstatus', 'off2', 'eth9'],
      ['rscstatus'],
      ['hbparameter', '-p', 'deadtime'],
      ['hbparameter', '-p', 'nothing'],
      ['nodestatus', 'nosuch'],
      ['nodestatus'],
    ];
    for (const words of questions) {
      const own = await pair.first.command('cl_status', ...words);
      const c = await pair.first.cCommand('cl_status', ...words);
      expect([words, ...plain(result(own))]).toEqual([words, ...plain(result(c))]);
    }
    expect(await pair.first.clStatus('hbstatus')).toBe('Heartbeat is running on this machine.');
    expect(await pair.first.clStatus('listnodes')).toBe('off2\noff1');
    expect(await pair.first.clStatus('hblinkstatus', 'off2', 'eth0')).toBe('up');
  });

  inTurn(
    'hb_standby moves the service to the other node, and hb_takeover takes it back',
    async () => {
      await pair.first.standby();
      await pair.servedBy(pair.second);
      await pair.settled();
      expect(await pair.first.clStatus('rscstatus')).toBe('none');
      expect(await pair.second.clStatus('rscstatus')).toBe('all');

      await pair.first.takeover();
      await pair.servedBy(pair.first);
      await pair.settled();
      expect(await pair.second.clStatus('rscstatus')).toBe('none');
    },
  );

  inTurn('hb_standby and hb_takeover move one half: local, foreign, failback', async () => {
    await pair.first.standby('local');
    await pair.servedBy(pair.second);
    await pair.settled();
    await pair.second.standby('foreign');
    await pair.servedBy(pair.first);
    await pair.settled();
    await pair.second.takeover('foreign');
    await pair.servedBy(pair.second);
    await pair.settled();
    await pair.second.standby('failback');
    await pair.servedBy(pair.first);
    await pair.settled();
  });

  inTurn('an orderly stop hands the service over, and the return moves nothing', async () => {
    await pair.first.stop();
    await pair.servedBy(pair.second);
    expect(result(await pair.first.command('heartbeat', '-s'))).toEqual([
      'heartbeat is stopped. No process\n',
      '',
      3,
    ]);
    expect(result(await pair.first.command('cl_status', 'hbstatus'))).toEqual([
      'Heartbeat is stopped on this machine.\n',
      '',
      1,
    ]);
    expect(exitCode(await pair.first.command('hb_standby'))).toBe(1);

    await pair.first.start();
    await pair.settled();
    await pair.servedBy(pair.second);
  });

  inTurn('a power-off is noticed and taken over, and the return moves nothing', async () => {
    const from = (await pair.first.log()).length;
    await pair.second.host.powerOff();
    await pair.servedBy(pair.first);
    await pair.first.logged(/WARN: node off2: is dead/, from);
    expect(await pair.first.clStatus('nodestatus', 'off2')).toBe('dead');
    expect(await pair.first.clStatus('rscstatus')).toBe('all');

    await pair.second.start();
    await pair.settled();
    await pair.servedBy(pair.first);
  });

  inTurn('a daemon that is killed and back within deadtime finds its service again', async () => {
    const from = (await pair.second.log()).length;
    await pair.first.signal('KILL');
    await pair.eventually(
      'the daemon has ended',
      async () => exitCode(await pair.first.command('heartbeat', '-s')) === 1,
    );
    await pair.first.start();
    await pair.second.logged(/info: Heartbeat restart on node off1/, from);
    await pair.settled();
    await pair.servedBy(pair.first);
  });

  inTurn('the log has the words that scripts wait for', async () => {
    const words = [
      /heartbeat: \[\d+\]: info: Configuration validated. Starting heartbeat 3\.0\.6/,
      /heartbeat: \[\d+\]: info: heartbeat: version 3\.0\.6/,
      /info: Local status now set to: 'up'/,
      /info: Local status now set to: 'active'/,
      /info: Link off2:eth0 up\./,
      /info: Status update for node off2: status active/,
      /info: Initial resource acquisition complete/,
      /info: remote resource transition completed\./,
      /info: off1 wants to go standby \[all\]/,
      /info: standby: off2 can take our all resources/,
      /info: Local standby process completed \[all\]\./,
      /info: Other node completed standby takeover of all resources\./,
      /info: Standby resource acquisition done \[all\]\./,
      /info: Heartbeat shutdown in progress\./,
      /info: All HA resources relinquished\./,
      /info: off1 Heartbeat shutdown complete\./,
      /info: Resources being acquired from off2\./,
      /info: mach_down takeover complete/,
    ];
    const log = await pair.first.log();
    expect(words.filter((word) => !log.some((line) => word.test(line)))).toEqual([]);
    expect(await pair.matching(/ERROR|CRIT|machines own|No one owns/)).toEqual([]);
  });
});

describe.concurrent('two of ours with auto_failback on', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['on1', 'on2'], autoFailback: 'on' });
  });
  afterAll(() => Pair.end(pair));

  inTurn('the service comes back when the preferred node returns from a power-off', async () => {
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
    await pair.first.host.powerOff();
    await pair.servedBy(pair.second);
    await pair.first.start();
    await pair.servedBy(pair.first);
    await pair.settled();
  });

  inTurn(
    'the service comes back when the preferred node returns from an orderly stop',
    async () => {
      await pair.first.stop();
      await pair.servedBy(pair.second);
      await pair.first.start();
      await pair.servedBy(pair.first);
      await pair.settled();
    },
  );

  inTurn('a stop of both and a start of both end where they began', async () => {
    await Promise.all(pair.nodes.map((node) => node.stop()));
    await pair.eventually(
      'nobody has the address',
      async () => !(await pair.first.holdsAddress()) && !(await pair.second.holdsAddress()),
    );
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.settled();
    expect(await pair.matching(/ERROR|CRIT/)).toEqual([]);
  });
});

describe.concurrent('two of ours with auto_failback legacy', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await openPair({ names: ['leg1', 'leg2'], autoFailback: 'legacy' });
  });
  afterAll(() => Pair.end(pair));

  inTurn('the preferred node serves, and the return of it brings the service back', async () => {
    await pair.startBoth();
    await pair.servedBy(pair.first);
    await pair.first.stop();
    await pair.servedBy(pair.second);
    await pair.first.start();
    await pair.servedBy(pair.first);
    await pair.first.host.powerOff();
    await pair.servedBy(pair.second);
    await pair.first.start();
    await pair.servedBy(pair.first);
  });

  inTurn('hb_standby is refused in the log', async () => {
    await pair.first.standby();
    await pair.first.logged(/Standby mode only implemented when nice_failback on/);
    await pair.servedBy(pair.first);
  });
});

/** An answer of cl_status: stdout, exit status, and whether it complains; our complaints say more than C's. */
const plain = ([output, errors, status]: ReturnType<typeof result>): readonly unknown[] => [
  output,
  status,
  errors === '' ? 'no word' : 'complains',
];
