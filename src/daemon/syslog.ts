/** The way to syslog: datagrams in order, kept for a while when the receiver is full or being restarted. */
import type { Result } from '../result.ts';

/** Hands a datagram to a socket at once, or says why not (`ENOENT`, `ECONNREFUSED`, `EAGAIN` …). */
export type SendDatagram = (path: string, bytes: Uint8Array) => Result<undefined, string>;

const maxKept = 1000;
const retryPauseMillis = 1000;

export class Syslog {
  readonly #path: string;
  readonly #send: SendDatagram;
  /** At most `maxKept`: the newest are lost, so that the cause of trouble stays. */
  #kept: Uint8Array[] = [];
  #retry: NodeJS.Timeout | undefined;

  constructor(path: string, send: SendDatagram) {
    this.#path = path;
    this.#send = send;
  }

  /** Sends, or keeps the datagram and tries again each second; false when this machine cannot send any at all. */
  write(datagram: Uint8Array): boolean {
    if (this.#kept.length < maxKept) this.#kept.push(datagram);
    return this.flush();
  }

  /** Sends what was kept, as far as the receiver takes it; false when this machine cannot send any at all. */
  flush(): boolean {
    for (let first = this.#kept[0]; first !== undefined; first = this.#kept[0]) {
      const sent = this.#send(this.#path, first);
      if (!sent.ok && sent.reason === 'unavailable') {
        this.#kept = [];
        return false;
      }
      if (!sent.ok && sent.reason !== 'EMSGSIZE') {
        this.#tryLater();
        return true;
      }
      this.#kept.shift();
    }
    return true;
  }

  #tryLater(): void {
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.flush();
    }, retryPauseMillis).unref();
  }
}
