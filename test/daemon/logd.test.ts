/** `use_logd`: the lines go to ha_logd's socket, and elsewhere as long as it is not there. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FrameReader } from '../../src/clients/frames.ts';
import { logdFrame } from '../../src/daemon/log-format.ts';
import { Log } from '../../src/daemon/log.ts';
import { succeed } from '../../src/result.ts';
import { instant, seconds } from '../../src/units.ts';

let directory: string;
const servers: Server[] = [];
const sockets: Socket[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hb-logd-'));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await rm(directory, { recursive: true });
});

const time = new Date(1_795_373_602_000);
const stamp = { host: 'node1', program: 'heartbeat', pid: 71, time };

/** A frame of the C daemon without `logfacility`, captured at the socket. */
const captured = Buffer.from(
  '79000000cdab0000' +
    '020000000800000006000000190000000100000047000000' +
    Buffer.from('heartbeat').toString('hex').padEnd(128, '0') +
    '223a036b00000000' +
    Buffer.from('heartbeat: version 3.0.6\0').toString('hex'),
  'hex',
);

/** A stand-in for ha_logd; `texts` are the texts it was sent. */
async function listen(): Promise<{ texts: string[]; end: () => Promise<void> }> {
  const texts: string[] = [];
  const server = createServer((socket) => {
    const reader = new FrameReader();
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      const bodies = reader.push(piece);
      if (bodies.ok)
        texts.push(...bodies.value.map((body) => body.toString('utf8', 96, body.length - 1)));
    });
  });
  server.listen(join(directory, 'log_daemon'));
  await once(server, 'listening');
  servers.push(server);
  const end = async (): Promise<void> => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { texts, end };
}

function makeLog(): { log: Log; syslog: string[]; clock: { now: number } } {
  const syslog: string[] = [];
  const clock = { now: 0 };
  const log = new Log({
    host: 'node1',
    program: 'heartbeat',
    pid: 71,
    time: () => time,
    now: () => instant(clock.now),
    console: () => undefined,
    isJournal: false,
    sendDatagram: (_path, bytes) => {
      syslog.push(
        Buffer.from(bytes)
          .toString()
          .replace(/^.*?\[71\]: /, '')
          .replace('\0', ''),
      );
      return succeed(undefined);
    },
    directory,
    logdSocket: join(directory, 'log_daemon'),
  });
  log.closeConsole();
  return { log, syslog, clock };
}

const say = (log: Log, text: string): void => {
  log.write({ level: 'info', text });
};
async function eventually(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 10_000 }).toBe(true);
}

describe('a frame for ha_logd', () => {
  test('is that of the C daemon', () => {
    const line = { level: 'info', text: 'heartbeat: version 3.0.6' } as const;

    expect(logdFrame({ line, stamp, form: 'daemon' }, undefined).toString('hex')).toBe(
      captured.toString('hex'),
    );
  });

  test('has facility and severity of the line; a resource line brings its own level word', () => {
    const line = { level: 'ERROR', text: 'x' } as const;
    const frame = logdFrame({ line, stamp, form: 'script' }, 'local3');

    expect([frame.readInt32LE(12), frame.readInt32LE(16), frame.readInt32LE(24)]).toEqual([
      19 * 8,
      3,
      0,
    ]);
    expect(frame.toString('latin1', 32, 96).replaceAll('\0', '')).toBe(
      'ResourceManager(default)[71]',
    );
    expect(frame.toString('latin1', 104)).toBe('ERROR: x\0');
  });
});

describe('use_logd', () => {
  test('sends every line to ha_logd, and to no file', async () => {
    const logd = await listen();
    const { log } = makeLog();
    const logfile = join(directory, 'ha-log');
    log.setTargets({ logfile, useLogd: true, syslogmsgfmt: true });
    for (let number = 0; number < 200; number += 1) say(log, String(number));
    await log.flush();

    await eventually(() => logd.texts.length === 200);
    expect(logd.texts).toEqual(Array.from({ length: 200 }, (_, number) => String(number)));
    await expect(readFile(logfile)).rejects.toThrow('ENOENT');
    await log.close();
  });

  test('without a logd logs as ha.cf says, tells it once, and looks again after conn_logd_time', async () => {
    const { log, syslog, clock } = makeLog();
    log.setTargets({
      logfacility: 'local0',
      useLogd: true,
      connLogdTime: seconds(60),
      syslogmsgfmt: true,
    });
    say(log, 'one');
    await log.flush();
    const logd = await listen();
    clock.now = 59_999;
    say(log, 'two');
    clock.now = 60_000;
    say(log, 'three');
    await eventually(() => logd.texts.length > 0);

    expect(syslog).toEqual([
      'WARN: Initializing connection to logging daemon failed. Logging daemon may not be running (No such file or directory)',
      'info: one',
      'info: two',
    ]);
    expect(logd.texts).toEqual(['three']);
    await log.close();
  });

  test('loses no line when the logd ends and comes back', async () => {
    const first = await listen();
    const { log, syslog, clock } = makeLog();
    log.setTargets({ logfacility: 'local0', useLogd: true, syslogmsgfmt: true });
    say(log, 'one');
    await eventually(() => first.texts.length === 1);
    await first.end();
    say(log, 'two');
    await log.flush();
    say(log, 'three');
    await log.flush();
    const second = await listen();
    clock.now = 120_000;
    say(log, 'four');
    await eventually(() => second.texts.length === 1);

    expect(first.texts).toEqual(['one']);
    expect(syslog.filter((line) => line.startsWith('info'))).toEqual(['info: two', 'info: three']);
    expect(second.texts).toEqual(['four']);
    await log.close();
  });
});
