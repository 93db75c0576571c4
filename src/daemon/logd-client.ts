/**
 * The way to ha_logd of cluster-glue, where one runs (spec client-api 14): one frame a line on its socket. What it does not
 * take is handed back, so that it can be logged in another way.
 */
import { createConnection, type Socket } from 'node:net';
import { after, instant, type Instant, type Millis, seconds } from '../units.ts';
import { logdFrame, type LogEntry } from './log-format.ts';
import { whyFailed } from './why.ts';

export interface LogdOptions {
  readonly path: string;
  /** `conn_logd_time`: how long nothing is tried after a failure. */
  readonly pause: Millis;
  readonly facility: string | undefined;
  readonly now: () => Instant;
  /** It cannot be reached, or does not read: why, and what it has not taken, in order. */
  readonly onFailed: (why: string, entries: readonly LogEntry[]) => void;
}

/** Lines that ha_logd has not read yet, in memory; a socket takes some hundreds beside them. */
const maxWaiting = 1000;
const patience = seconds(5);

export class LogdClient {
  readonly #options: LogdOptions;
  /** At most `maxWaiting`, those that the socket has not taken yet. */
  #waiting: LogEntry[] = [];
  #socket: Socket | undefined;
  #tryAgainAt: Instant = instant(Number.NEGATIVE_INFINITY);
  #watch: NodeJS.Timeout | undefined;
  #tellFlushed: (() => void)[] = [];

  /** Connects at the first line. */
  constructor(options: LogdOptions) {
    this.#options = options;
  }

  /** Takes the entry, or answers false: it is to be logged in another way. */
  write(entry: LogEntry): boolean {
    if (this.#socket === undefined) {
      if (this.#options.now() < this.#tryAgainAt) return false;
      this.#socket = this.#connect();
    }
    if (this.#waiting.length >= maxWaiting) {
      this.#fail('it does not read');
      return false;
    }
    this.#send(this.#socket, entry);
    return true;
  }

  /** Settles when everything was taken or handed back: after some seconds at the latest. */
  flush(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#tellFlushed.push(resolve);
    });
  }

  /** Flushes, and ends the connection. */
  async close(): Promise<void> {
    await this.flush();
    this.#socket?.end();
    this.#socket = undefined;
  }

  #connect(): Socket {
    const socket = createConnection(this.#options.path);
    const failed = (why: string): void => {
      if (this.#socket === socket) this.#fail(why);
    };
    socket.on('error', (error) => {
      failed(whyFailed(error));
    });
    socket.on('close', () => {
      failed('it closed the connection');
    });
    // It never says anything; without a reader its end would not be noticed.
    socket.resume();
    socket.unref();
    return socket;
  }

  #send(socket: Socket, entry: LogEntry): void {
    this.#waiting.push(entry);
    this.#watch ??= setTimeout(() => {
      this.#fail('it does not answer');
    }, patience);
    socket.write(logdFrame(entry, this.#options.facility), (error) => {
      if (socket !== this.#socket || (error !== null && error !== undefined)) return;
      this.#waiting.shift();
      if (this.#waiting.length === 0) this.#settle();
      else this.#watch?.refresh();
    });
  }

  #fail(why: string): void {
    const { now, onFailed, pause } = this.#options;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
    this.#tryAgainAt = after(now(), pause);
    const back = this.#waiting;
    this.#waiting = [];
    onFailed(why, back);
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#watch);
    this.#watch = undefined;
    for (const tell of this.#tellFlushed.splice(0)) tell();
  }
}
