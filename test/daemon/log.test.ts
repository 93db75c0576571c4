import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Logging } from '../../src/config/settings.ts';
import { Log } from '../../src/daemon/log.ts';
import type { Level } from '../../src/log-line.ts';
import { fail, type Result, succeed } from '../../src/result.ts';
import { instant } from '../../src/units.ts';

let directory: string;
const logs: Log[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hb-log-'));
});
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  await rm(directory, { recursive: true });
});

/** A log with a clock of the test's own, and what reached stderr and syslog. */
function logTo(
  targets: Omit<Logging, 'syslogmsgfmt'>,
  isJournal = false,
): {
  log: Log;
  syslog: string[];
  console: string[];
  clock: { now: number };
  receiver: { answer: Result<undefined, string> };
} {
  const syslog: string[] = [];
  const console: string[] = [];
  const clock = { now: 0 };
  const receiver: { answer: Result<undefined, string> } = { answer: succeed(undefined) };
  const log = new Log({
    host: 'node1',
    program: 'heartbeat',
    pid: 7,
    time: () => new Date(2026, 10, 22, 13, 34, 52),
    now: () => instant(clock.now),
    console: (line) => console.push(line),
    isJournal,
    sendDatagram: (_path, bytes) => {
      if (receiver.answer.ok) syslog.push(Buffer.from(bytes).toString());
      return receiver.answer;
    },
    directory,
    logdSocket: join(directory, 'log_daemon'),
  });
  logs.push(log);
  log.setTargets({ ...targets, syslogmsgfmt: true });
  return { log, syslog, console, clock, receiver };
}

const say = (log: Log, text: string, level: Level = 'info'): void => {
  log.write({ level, text });
};
const texts = (lines: string): string[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^.*\[7\]: /, ''));
const textsOf = async (path: string): Promise<string[]> => texts(await readFile(path, 'utf8'));

describe('the log', () => {
  test('writes all lines to debugfile, all but debug to logfile, in order', async () => {
    const logfile = join(directory, 'ha-log');
    const debugfile = join(directory, 'ha-debug');
    const { log } = logTo({ logfile, debugfile });
    log.debugLevel = 1;

    for (let number = 0; number < 500; number += 1) say(log, String(number));
    say(log, 'deep', 'debug');
    await log.flush();

    const numbers = Array.from({ length: 500 }, (_, number) => `info: ${String(number)}`);
    expect(await textsOf(logfile)).toEqual(numbers);
    expect(await textsOf(debugfile)).toEqual([...numbers, 'debug: deep']);
  });

  test('leaves time, host and process to the journal, where that reads stderr, and nowhere else', async () => {
    const logfile = join(directory, 'ha-log');
    const { console, log } = logTo({ logfile }, true);

    say(log, 'no route', 'ERROR');
    await log.flush();

    expect(console).toEqual(['<3>ERROR: no route\n']);
    expect(await readFile(logfile, 'utf8')).toBe(
      'Nov 22 13:34:52 node1 heartbeat: [7]: ERROR: no route\n',
    );
  });

  test('says nothing of level debug while the debug level is 0', async () => {
    const debugfile = join(directory, 'ha-debug');
    const { log } = logTo({ debugfile });

    say(log, 'deep', 'debug');
    say(log, 'plain');
    await log.flush();

    expect(await textsOf(debugfile)).toEqual(['info: plain']);
  });

  test('goes to syslog beside the file when a facility is given', async () => {
    const { log, syslog } = logTo({ logfile: join(directory, 'ha-log'), logfacility: 'local0' });

    say(log, 'both', 'WARN');
    await log.flush();

    expect(syslog).toEqual(['<132>Nov 22 13:34:52 heartbeat: [7]: WARN: both\0']);
    expect(await textsOf(join(directory, 'ha-log'))).toEqual(['WARN: both']);
  });

  test.each([[{}], [{ logfile: '/dev/null' }], [{ logfacility: 'none' }]])(
    'goes to syslog as daemon when ha.cf names no target: %o',
    async (targets) => {
      const { log, syslog } = logTo(targets);

      say(log, 'kept');
      await log.flush();

      expect(syslog.filter((line) => !line.includes('logging daemon'))).toEqual([
        '<30>Nov 22 13:34:52 heartbeat: [7]: info: kept\0',
      ]);
    },
  );

  test('leaves syslog alone when a file is the only target', async () => {
    const { log, syslog } = logTo({ logfile: join(directory, 'ha-log') });

    say(log, 'filed');
    await log.flush();

    expect(syslog).toEqual([]);
  });

  test('is on stderr until nobody looks any more', async () => {
    const { log, console } = logTo({ logfile: join(directory, 'ha-log') });

    say(log, 'seen');
    log.closeConsole();
    say(log, 'unseen');
    await log.flush();

    expect(console).toEqual(['Nov 22 13:34:52 node1 heartbeat: [7]: info: seen\n']);
  });

  test('tells syslog that a file cannot be opened, and gives it the lines', async () => {
    const { log, syslog } = logTo({ logfile: join(directory, 'missing', 'ha-log') });

    say(log, 'first');
    await log.flush();
    say(log, 'second');
    await log.flush();

    const path = join(directory, 'missing', 'ha-log');
    expect(syslog.map((line) => line.replace(/^.*?\[7\]: /, '').replace('\0', ''))).toEqual([
      `Failed to open log file ${path}: No such file or directory`,
      'Nov 22 13:34:52 node1 heartbeat: [7]: info: first',
      'info: second',
    ]);
  });

  test('gives syslog also what is said while it is tried to open the file', async () => {
    const { log, syslog } = logTo({ logfile: join(directory, 'missing', 'ha-log') });

    say(log, 'first');
    say(log, 'second');
    await log.flush();

    expect(syslog.filter((line) => / info: (first|second)/.test(line))).toHaveLength(2);
  });

  test('complains about one file once a second, not once a line', async () => {
    const { log, syslog, clock } = logTo({ logfile: join(directory, 'missing', 'ha-log') });

    for (const now of [0, 500, 999, 1000]) {
      clock.now = now;
      say(log, 'x');
      await log.flush();
    }

    expect(syslog.filter((line) => line.includes('Failed to open'))).toHaveLength(2);
  });

  test('keeps what syslog does not take, and sends it in order when it does', () => {
    const { log, syslog, receiver } = logTo({ logfacility: 'local0' });
    receiver.answer = fail('ECONNREFUSED');
    say(log, 'one');
    say(log, 'two');
    receiver.answer = succeed(undefined);
    say(log, 'three');

    expect(syslog.map((line) => line.replace(/^.*info: /, ''))).toEqual([
      'one\0',
      'two\0',
      'three\0',
    ]);
  });

  test('falls back to stderr where syslog was the only target and cannot be reached at all', () => {
    const { log, console, receiver } = logTo({ logfacility: 'local0' });
    log.closeConsole();
    receiver.answer = fail('unavailable');

    say(log, 'last');

    expect(texts(console.join(''))).toEqual(['info: last']);
  });
});

describe('a line about resources', () => {
  test('has the form of the resource scripts in each target', async () => {
    const logfile = join(directory, 'ha-log');
    const debugfile = join(directory, 'ha-debug');
    const { log, syslog } = logTo({ logfile, debugfile, logfacility: 'local0' });

    log.writeScript({ level: 'info', text: 'Running /etc/ha.d/resource.d/x  start' });
    await log.flush();

    const tag = 'ResourceManager(default)[7]:';
    const said = 'info: Running /etc/ha.d/resource.d/x  start';
    expect(await readFile(logfile, 'utf8')).toBe(`2026/11/22_13:34:52  ${tag}    ${said}\n`);
    expect(await readFile(debugfile, 'utf8')).toBe(`${tag}\t2026/11/22_13:34:52 ${said}\n`);
    expect(syslog).toEqual([`<134>Nov 22 13:34:52 ${tag} ${said}\0`]);
  });
});

describe('a rotated log file', () => {
  /** A log in the file, and what both files have in the end but for the word about the rotation. */
  async function rotated(rotate: (logfile: string) => Promise<void>): Promise<string[]> {
    const logfile = join(directory, 'ha-log');
    const { log } = logTo({ logfile });
    say(log, 'before');
    await log.flush();
    await rotate(logfile);
    say(log, 'after');
    say(log, 'later');
    await log.flush();
    expect(await textsOf(logfile)).toContain('info: after');
    const files = await Promise.all([`${logfile}.1`, logfile].map((path) => linesOf(path)));
    return files.flat().filter((line) => !line.includes('log-rotate detected'));
  }
  const linesOf = (path: string): Promise<string[]> => textsOf(path).catch(() => []);

  test('that was renamed is left, and the new one says so in its first line', async () => {
    const lines = await rotated((logfile) => rename(logfile, `${logfile}.1`));

    expect(lines).toEqual(['info: before', 'info: after', 'info: later']);
    const logfile = join(directory, 'ha-log');
    expect((await textsOf(logfile))[0]).toBe(`info: log-rotate detected on logfile ${logfile}`);
  });

  test('that was replaced by a new file of the same name is followed too', async () => {
    const lines = await rotated(async (logfile) => {
      await rename(logfile, `${logfile}.1`);
      await writeFile(logfile, '');
      await chmod(logfile, 0o600);
    });

    expect(lines).toEqual(['info: before', 'info: after', 'info: later']);
  });

  test('that was copied and cut is written to from its new beginning', async () => {
    const lines = await rotated(async (logfile) => {
      await copyFile(logfile, `${logfile}.1`);
      await truncate(logfile);
    });

    expect(lines).toEqual(['info: before', 'info: after', 'info: later']);
  });

  test('that was removed is made anew', async () => {
    expect(await rotated((logfile) => rm(logfile))).toEqual(['info: after', 'info: later']);
  });

  test('loses no line, however often and whenever it is renamed', async () => {
    const logfile = join(directory, 'ha-log');
    const { log } = logTo({ logfile });
    say(log, '0');
    await log.flush();
    for (let number = 1; number <= 300; number += 1) {
      say(log, String(number));
      if (number % 10 === 0) await rename(logfile, `${logfile}.${String(number)}`);
      if (number % 10 === 0) await log.flush();
      else if (number % 3 === 0) await turn();
    }
    await log.flush();

    const names = await readdir(directory);
    const files = await Promise.all(names.map((name) => textsOf(join(directory, name))));
    const numbers = files.flat().flatMap((line) => /^info: (\d+)$/.exec(line)?.[1] ?? []);
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 301 }, (_, number) => number),
    );
  });
});

describe('a log file on a disk that hangs', () => {
  test('is told to syslog, which takes what comes, and gets its own lines when the disk is back', async () => {
    const logfile = join(directory, 'pipe');
    await promisify(execFile)('mkfifo', [logfile]);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { log, syslog } = logTo({ logfile });
      say(log, 'first');
      vi.advanceTimersByTime(5_000);
      say(log, 'second');

      expect(syslog.map((line) => line.replace(/^.*?\[7\]: /, ''))).toEqual([
        `Failed to open log file ${logfile}: the disk does not answer\0`,
        'info: second\0',
      ]);
      const reader = await open(logfile, constants.O_RDONLY | constants.O_NONBLOCK);
      await log.flush();
      const { buffer, bytesRead } = await reader.read();
      await reader.close();
      expect(texts(buffer.toString('utf8', 0, bytesRead))).toEqual(['info: first', 'info: second']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a relative name', () => {
  test('means the same file always: it begins where the daemon works', async () => {
    const { log } = logTo({ logfile: 'ha-log' });
    say(log, 'here');
    await log.flush();

    expect(await textsOf(join(directory, 'ha-log'))).toEqual(['info: here']);
  });
});
