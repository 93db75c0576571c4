/** Tells the neighbours who has an address now: at once, and again for five seconds, for frames get lost. */
import type { LogLine } from '../log-line.ts';
import type { Network } from './network.ts';

const repeats = 10;
const intervalMillis = 500;

interface Announcement {
  readonly owner: string | undefined;
  left: number;
  timer: NodeJS.Timeout | undefined;
  complained: boolean;
}

/** One series of gratuitous ARP at a time for each address; `stop` ends it, and no frame leaves for the address afterwards. */
export class Announcer {
  readonly #network: Pick<Network, 'sendArp'>;
  readonly #log: (line: LogLine) => void;
  readonly #agent: string;
  /** Bounded by the addresses in haresources. */
  readonly #running = new Map<string, Announcement>();

  /** `agent` is who speaks in the log. */
  constructor(
    network: Pick<Network, 'sendArp'>,
    log: (line: LogLine) => void,
    agent: 'IPaddr' | 'IPv6addr' = 'IPaddr',
  ) {
    this.#network = network;
    this.#log = log;
    this.#agent = agent;
  }

  /**
   * Resolves when the first request and reply are out; ten more of each follow, half a second apart (spec resources 12.1). `owner` is the
   * hardware address of the machine that has the address; this one when left out.
   */
  async announce(iface: string, address: string, owner?: string): Promise<void> {
    this.stop(address);
    const announcement: Announcement = {
      owner,
      left: repeats,
      timer: undefined,
      complained: false,
    };
    this.#running.set(address, announcement);
    await this.#send(iface, address, announcement);
  }

  stop(address: string): void {
    clearTimeout(this.#running.get(address)?.timer);
    this.#running.delete(address);
  }

  close(): void {
    for (const address of [...this.#running.keys()]) this.stop(address);
  }

  /** A frame that cannot leave now (the link is down for a moment) does not end the series. */
  async #send(iface: string, address: string, announcement: Announcement): Promise<void> {
    const sent = await this.#network.sendArp(iface, address, announcement.owner);
    if (this.#running.get(address) !== announcement) return;
    if (!sent.ok)
      this.#complain(announcement, `${address} not announced on ${iface}: ${sent.reason}`);
    if ((sent.ok && sent.value === 'no-arp') || announcement.left === 0) {
      this.#running.delete(address);
      return;
    }
    announcement.left -= 1;
    announcement.timer = setTimeout(() => {
      void this.#send(iface, address, announcement);
    }, intervalMillis).unref();
  }

  /** Once a series. The address is up all the same: neighbours with an old entry find out when it runs out. */
  #complain(announcement: Announcement, what: string): void {
    if (!announcement.complained) this.#log({ level: 'WARN', text: `${this.#agent}: ${what}` });
    announcement.complained = true;
  }
}
