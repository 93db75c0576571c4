import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fc } from '../fast-check.ts';
import { describe, expect, test, vi } from 'vitest';
import { encodeFrame } from '../../src/clients/frames.ts';
import { text, valueOf } from '../../src/message/messages.ts';
import { openHouse, ourselves, type House } from './house.ts';
import { ask, event, ownPid, sayHello, signedOn, typesOf } from './conversation.ts';
import { bothUp } from './setting.ts';
import { waitFor } from '../wait-for.ts';

describe('the register socket', () => {
  test('is open to everybody in a directory that is not', async () => {
    await using house = await openHouse();
    expect((await stat(house.socket)).mode & 0o777).toBe(0o777);
    expect((await stat(dirname(house.socket))).mode & 0o777).toBe(0o750);
  });

  test('leaves a directory as it finds it', async () => {
    await using first = await openHouse();
    await chmod(dirname(first.socket), 0o755);
    first.end();
    await using second = await openHouse({ directory: first.directory });
    expect((await stat(dirname(second.socket))).mode & 0o777).toBe(0o755);
  });

  test('takes the place of whatever a killed daemon left', async () => {
    await using first = await openHouse();
    first.end();
    await mkdir(dirname(first.socket), { recursive: true });
    await writeFile(first.socket, 'left over');
    await using second = await openHouse({ directory: first.directory });
    await signedOn(second);
    expect((await stat(second.socket)).isSocket()).toBe(true);
  });

  test('is gone with the server, and every client sees its end', async () => {
    await using house = await openHouse();
    const client = await signedOn(house, 'tool');
    const before = house.submitted.length;
    house.end();
    expect(await client.hear()).toBe('end');
    await expect(stat(house.socket)).rejects.toThrow('ENOENT');
    expect(house.submitted.length).toBe(before);
  });

  test('is not there when it cannot be made', async () => {
    await using house = await openHouse();
    await writeFile(join(house.directory, 'file'), '');
    await expect(openHouse({ directory: join(house.directory, 'file') })).rejects.toThrow();
  });

  test('lets 256 clients in, and does not fill the log with those that it does not', async () => {
    await using house = await openHouse();
    for (let inside = 0; inside < 256; inside += 1) await house.connect();
    for (let more = 0; more < 20; more += 1) {
      expect(await (await house.connect()).hear()).toBe('end');
    }
    expect(house.log.filter((line) => line.includes('not let in'))).toHaveLength(1);
  });

  test('understands a client whose bytes come one by one', async () => {
    await using house = await openHouse();
    const client = await house.connect();
    const lines = ['t=hbapi-req', 'reqtype=signon', `pid=${ownPid}`, 'uid=0', 'gid=0'];
    for (const byte of encodeFrame(Buffer.from(`>>>\n${lines.join('\n')}\n<<<\n`))) {
      client.write(Buffer.of(byte));
      await nextTurn();
    }
    expect(await client.hearField('result')).toBe('OK');
  });

  test('answers what was asked in one go in the order of asking', async () => {
    await using house = await openHouse();
    const client = await signedOn(house);
    for (const name of ['keepalive', 'deadtime', 'warntime'])
      ask(client, 'getparm', `pname=${name}`);
    const heard = [];
    for (let count = 0; count < 3; count += 1) heard.push(await client.hearField('pvalue'));
    expect(heard).toEqual(['1', '5', '3']);
  });

  test('takes any nonsense without harm to others, and logs little of it', async () => {
    await using house = await openHouse();
    const bystander = await signedOn(house, 'tool');
    const word = fc.stringMatching(/^[ -~\t\x80-\xff]{0,12}$/);
    const name = fc.constantFrom('t', 'reqtype', 'pid', 'from_id', 'dest', 'fmask', 'uid', '(1)x');
    const value = fc.oneof(
      word,
      fc.constantFrom('hbapi-req', 'signon', 'signoff', 'setfilter', 'nodelist', ownPid, '0', '-1'),
    );
    const line = fc.oneof(
      fc.tuple(name, value).map((pair) => pair.join('=')),
      word,
    );
    const frame = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map(encodeFrame),
      fc
        .array(line, { maxLength: 8 })
        .map((lines) => encodeFrame(Buffer.from(`>>>\n${lines.join('\n')}\n<<<\n`, 'latin1'))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 6 }), fc.boolean(), async (frames, isIn) => {
        const vandal = isIn ? await signedOn(house) : await house.connect();
        for (const bytes of frames) vandal.write(bytes);
        ask(bystander, 'numnodes');
        expect(await bystander.hearField('numnodes')).toBe('2');
        vandal.close();
        await waitFor(async () => {
          ask(bystander, 'clientstatus', 'node=api1', `cn=${ownPid}`);
          expect(await bystander.hearField('cs')).toBe('offline');
        });
      }),
      { numRuns: 60 },
    );
    expect(house.log.length).toBeLessThan(40);
  });

  test('closes on a frame longer than 256 KiB', async () => {
    await using house = await openHouse();
    const client = await signedOn(house);
    const header = Buffer.from('01000400cdab0000', 'hex');
    client.write(header);
    expect(await client.hear()).toBe('end');
  });
});

describe('signing on', () => {
  test('under a name in use is refused, and the first client stays', async () => {
    await using house = await openHouse();
    const first = await signedOn(house, 'tool');
    const second = await house.connect();
    sayHello(second, 'tool');
    expect(await second.hearField('info')).toBe('duplicate add request');
    expect(await second.hearField('st')).toBe('leave');
    expect(await second.hear()).toBe('end');
    ask(first, 'numnodes');
    expect(await first.hearField('numnodes')).toBe('2');
    expect(typesOf(house)).toEqual(['hbapi-clstat join']);
  });

  test('with an id of 32 bytes is refused, with 31 it is not', async () => {
    const name = 'x'.repeat(31);
    await using house = await openHouse({ auth: [{ client: 'default', uids: ['0'], gids: [] }] });
    await signedOn(house, name);
    const client = await house.connect();
    sayHello(client, `${name}x`);
    expect(await client.hearField('info')).toBe('client id too long');
  });

  test('as somebody else is refused by what the kernel says', async () => {
    await using house = await openHouse({ peer: { uid: 1000, gid: 1000 } });
    const client = await house.connect();
    sayHello(client, ownPid);
    expect(await client.hearField('info')).toBe('incorrect/false credentials');
    expect(await client.hear()).toBe('end');
  });

  test('is for casual clients alone where the kernel cannot be asked', async () => {
    await using house = await openHouse({ peer: 'unknown' });
    const named = await house.connect();
    sayHello(named, 'tool');
    expect(await named.hearField('info')).toBe('peer credentials unavailable: casual clients only');
    await signedOn(house);
    expect(house.submitted).toEqual([]);
    expect(house.log).toContainEqual(expect.stringContaining('no koffi here'));
  });

  test('is granted by a group, too', async () => {
    const auth = [{ client: 'tool', uids: [], gids: ['0'] }];
    await using house = await openHouse({ auth });
    const client = await signedOn(house, 'tool');
    ask(client, 'numnodes');
    expect(await client.hearField('numnodes')).toBe('2');
  });

  test('is refused in a file that names nobody known, which is said', async () => {
    const auth = [{ client: 'tool', uids: ['nobody-of-that-name'], gids: [] }];
    await using house = await openHouse({ auth });
    const client = await house.connect();
    sayHello(client, 'tool');
    expect(await client.hearField('info')).toBe('client failed authorization');
    expect(house.log).toContain('info: apiauth: no such user or group here: nobody-of-that-name');
  });

  test('has to be done within ten seconds', async () => {
    await using house = await openHouse();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const late = await house.connect();
      const inTime = await signedOn(house);
      await vi.advanceTimersByTimeAsync(9_999);
      house.server.publish(event, 'keep');
      expect(await inTime.hearField('t')).toBe('ifstat');
      await vi.advanceTimersByTimeAsync(1);
      expect(await late.hear()).toBe('end');
      ask(inTime, 'numnodes');
      expect(await inTime.hearField('numnodes')).toBe('2');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a client', () => {
  test('that leaves without a word is announced to have left', async () => {
    await using house = await openHouse();
    const tool = await signedOn(house, 'tool');
    tool.close();
    await waitFor(() => {
      expect(typesOf(house)).toEqual(['hbapi-clstat join', 'hbapi-clstat leave']);
    });
    expect(valueOf(house.submitted.at(-1) ?? [], 'info')).toBe('EOF');
    await signedOn(house, 'tool');
  });

  test('that is casual comes and goes unannounced', async () => {
    await using house = await openHouse();
    const client = await signedOn(house);
    ask(client, 'signoff');
    expect(await client.hear()).toBe('end');
    expect(house.submitted).toEqual([]);
  });

  test('that was refused is not announced to have left', async () => {
    await using house = await openHouse();
    const client = await house.connect();
    sayHello(client, 'stranger');
    expect(await client.hearField('info')).toBe('no default client auth');
    expect(await client.hearField('st')).toBe('leave');
    expect(await client.hear()).toBe('end');
    expect(house.submitted).toEqual([]);
  });

  test('may ask for standby, but not speak for the daemon', async () => {
    await using house = await openHouse();
    const tool = await signedOn(house, 'tool');
    tool.say('t=resource', 'rsc_hold=all');
    tool.say('t=ask_resources', 'rsc_hold=all', 'info=me');
    expect(await tool.hearField('t')).toBe('ask_resources');
    expect(typesOf(house)).toEqual(['hbapi-clstat join', 'ask_resources ']);
    expect(house.log).toContain(
      'WARN: API client [tool]: may not send [resource]: only the daemon does',
    );
  });

  test('may not send what no datagram can hold', async () => {
    await using house = await openHouse();
    const tool = await signedOn(house, 'tool');
    tool.say('t=hello', `x=${'x'.repeat(60_000)}`);
    tool.say('t=hello', 'x=1');
    expect(await tool.hearField('x')).toBe('1');
  });

  test('that asks every node for a client hears from this one, too', async () => {
    await using house = await openHouse();
    const tool = await signedOn(house, 'tool');
    tool.say('t=query-cstatus', 'cn=nosuch');
    const answers = [await tool.hear(), await tool.hear()].join('');
    expect(answers).toContain('t=respond-cstatus\ndest=api1\nresult=OK\ncn=nosuch\nto_id=tool');
  });

  test('cannot ask in the name of another', async () => {
    await using house = await openHouse();
    const client = await signedOn(house);
    client.say('t=hbapi-req', 'reqtype=numnodes', 'pid=1', 'from_id=1');
    client.say('t=hbapi-req', 'reqtype=nodetype', 'node=api1', `from_id=${ownPid}`);
    expect(await client.hearField('nodetype')).toBe('normal');
  });

  test('may be told of a hundred nodes several times at once', async () => {
    const node = bothUp.nodes()[0];
    const nodes = Array.from({ length: 100 }, () => node).filter((one) => one !== undefined);
    await using house = await openHouse({ facts: { ...bothUp, nodes: () => nodes } });
    const client = await signedOn(house);
    for (let count = 0; count < 3; count += 1) ask(client, 'nodelist');
    const results = [];
    for (let count = 0; count < 300; count += 1) results.push(await client.hearField('result'));
    expect(results.filter((result) => result === 'OK').length).toBe(3);
  });

  test('that does not read is removed when 64 frames wait for it', async () => {
    await using house = await openHouse();
    const slow = await signedOn(house, 'tool');
    slow.pause();
    await publishUntilRemoved(house);
    expect(valueOf(house.submitted.at(-1) ?? [], 'info')).toContain('send failed');
    slow.resume();
  });

  test('may have more frames wait when it asks for it', async () => {
    await using house = await openHouse();
    const usual = await signedOn(house, 'tool');
    usual.pause();
    const usually = await publishUntilRemoved(house);
    const patient = await signedOn(house, 'tool');
    ask(patient, 'set_sendqlen', 'sendqlen=200');
    ask(patient, 'numnodes');
    expect(await patient.hearField('numnodes')).toBe('2');
    patient.pause();
    expect((await publishUntilRemoved(house)) - usually).toBe(200 - 64);
  });

  test('has to wait while the history is full, hears what happens, and may sign on', async () => {
    await using house = await openHouse();
    const tool = await signedOn(house, 'tool');
    house.server.pause(true);
    const casual = await signedOn(house);
    for (const n of ['1', '2', '3']) tool.say('t=hello', `n=${n}`);
    ask(casual, 'numnodes');
    house.server.publish(event, 'keep');
    expect(await tool.hearField('t')).toBe('ifstat');
    expect(await casual.hearField('t')).toBe('ifstat');
    expect(typesOf(house)).toEqual(['hbapi-clstat join']);
    house.server.pause(false);
    expect(await casual.hearField('numnodes')).toBe('2');
    expect([await tool.hearField('n'), await tool.hearField('n')]).toEqual(['1', '2']);
  });

  test('is removed when its process has died, though another holds its connection', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      await using house = await openHouse({ peer: { ...ourselves, pid } });
      const client = await house.connect();
      const sayAs = (...lines: readonly string[]): void => {
        client.say('t=hbapi-req', `pid=${String(pid)}`, 'from_id=tool', ...lines);
      };
      sayAs('reqtype=signon', 'uid=0', 'gid=0');
      expect([await client.hearField('st'), await client.hearField('result')]).toEqual([
        'join',
        'OK',
      ]);
      await vi.advanceTimersByTimeAsync(9_000);
      sayAs('reqtype=numnodes');
      expect(await client.hearField('numnodes')).toBe('2');
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await vi.advanceTimersByTimeAsync(9_000);
      expect(await client.hear()).toBe('end');
      await waitFor(() => {
        expect(valueOf(house.submitted.at(-1) ?? [], 'info')).toBe('died-audit');
      });
    } finally {
      vi.useRealTimers();
    }
  });

  test('is removed at the next frame when its process has died', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    await using house = await openHouse({ peer: { ...ourselves, pid } });
    const client = await house.connect();
    client.say('t=hbapi-req', 'reqtype=signon', `pid=${String(pid)}`, 'uid=0', 'gid=0');
    expect(await client.hearField('result')).toBe('OK');
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    house.server.publish(event, 'keep');
    await waitFor(() => {
      expect(house.log).toContainEqual(expect.stringMatching(/removed: died$/));
    });
  });

  test('gets the signal it asked for with each frame', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? 0;
    await using house = await openHouse({ peer: { ...ourselves, pid } });
    const client = await house.connect();
    client.say('t=hbapi-req', 'reqtype=signon', `pid=${String(pid)}`, 'uid=0', 'gid=0');
    expect(await client.hearField('result')).toBe('OK');
    const ended = once(child, 'exit');
    client.say('t=hbapi-req', 'reqtype=setsignal', `pid=${String(pid)}`, 'signal=15');
    expect(await ended).toEqual([null, 'SIGTERM']);
  });
});

/** How many events of about 1.2 KB it took, one in each turn of the loop. */
async function publishUntilRemoved(house: House): Promise<number> {
  const long = [...event, text('x', 'x'.repeat(1200))];
  const leaves = (): number => typesOf(house).filter((type) => type.endsWith('leave')).length;
  const before = leaves();
  for (let count = 0; count < 5000; count += 1) {
    if (leaves() > before) return count;
    house.server.publish(long, 'keep');
    await nextTurn();
  }
  return Number.NaN;
}
