/** The watchdog device: it reboots this machine when the loop of the daemon does not turn any more (spec membership 6.5). */
import { writeSync } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { HaCf } from '../config/settings.ts';
import type { LogLine } from '../log-line.ts';
import { setWatchdogTimeout } from '../native/watchdog.ts';
import { now } from './running-node.ts';
import { whyFailed } from './why.ts';

/** Only a healthy loop feeds it: it is fed where a deadline of the node was kept, and by no timer of its own. */
export class Watchdog {
  readonly #device: FileHandle;
  readonly #every: number;
  readonly #log: (line: LogLine) => void;
  #fedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #isClosed = false;

  constructor(device: FileHandle, every: number, log: (line: LogLine) => void) {
    this.#device = device;
    this.#every = every;
    this.#log = log;
  }

  /** At most once a keepalive. */
  feed(): void {
    const at = now();
    if (this.#isClosed || at - this.#fedAt < this.#every) return;
    this.#fedAt = at;
    this.#write('\0');
  }

  /** In order: the machine may live without the daemon. A process that just ends leaves it hungry, and is followed by a reboot. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#write('V');
    await this.#device.close();
  }

  /** Drivers of watchdogs take a byte without waiting; the threads for files may all be hanging in a dead file system. */
  #write(byte: string): void {
    try {
      writeSync(this.#device.fd, byte);
    } catch (error) {
      if (!this.#hasFailed)
        this.#log({ level: 'ERROR', text: `Watchdog write failure: ${whyFailed(error)}` });
      this.#hasFailed = true;
    }
  }
}

/** The device of ha.cf, fed once; undefined without one, or when it cannot be opened, which is told and goes on, as in C. */
export async function openWatchdog(
  { deadtime, keepalive, watchdog: path }: Pick<HaCf, 'deadtime' | 'keepalive' | 'watchdog'>,
  log: (line: LogLine) => void,
): Promise<Watchdog | undefined> {
  if (path === undefined) return undefined;
  const flags = constants.O_WRONLY | constants.O_NONBLOCK;
  const device = await open(path, flags).catch((error: unknown) => {
    log({ level: 'ERROR', text: `Cannot open watchdog device: ${path}: ${whyFailed(error)}` });
    return undefined;
  });
  if (device === undefined) return undefined;
  log({ level: 'notice', text: `Using watchdog device: ${path}` });
  const seconds = Math.ceil((deadtime + 10) / 1000);
  const set = setWatchdogTimeout(device.fd, seconds);
  if (!set.ok)
    log({
      level: 'WARN',
      text: `${path}: its time is not set to ${String(seconds)} s: ${set.reason}`,
    });
  const watchdog = new Watchdog(device, keepalive, log);
  watchdog.feed();
  return watchdog;
}
