/** The sending side of one medium: hands datagrams to the kernel and counts what becomes of them. */
import { constants } from 'node:os';
import type { LogLine } from '../log-line.ts';
import { errorWords } from '../native/libc.ts';
import { instant } from '../units.ts';
import { type Outlet, type SenderPlan, errnoOf, wordsOf } from './bind.ts';
import { Endpoint } from './endpoint.ts';
import type { InterfaceState } from './interfaces.ts';
import type { Medium, MediumSpec } from './transport.ts';
import { WriteFailures } from './write-failures.ts';

/** Datagrams that wait for room in the socket's buffer; what a dead neighbour is not sent is worth nothing later. */
const maxInFlight = 64;
const { EBADF, ENODEV, ENXIO, ENOBUFS, ENETDOWN } = constants.errno;
/** The socket itself is of no use any more. */
const fatalErrnos: ReadonlySet<number> = new Set([EBADF, ENODEV, ENXIO]);

export class Sender implements Medium {
  readonly kind: MediumSpec['kind'];
  readonly link: string;
  readonly endpoint: Endpoint<Outlet>;
  readonly #plan: SenderPlan;
  readonly #report: (line: LogLine) => void;
  readonly #failures: WriteFailures;
  /** Of the open socket. */
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(kind: MediumSpec['kind'], plan: SenderPlan, report: (line: LogLine) => void) {
    this.kind = kind;
    this.link = plan.iface;
    this.#plan = plan;
    this.#report = report;
    const name = `${kind} ${plan.iface}`;
    this.#failures = new WriteFailures(name, report);
    const opened = (): void => {
      this.#inFlight = 0;
    };
    this.endpoint = new Endpoint(plan, { name, opened, report });
  }

  send(datagram: Uint8Array): void {
    // That nothing goes out there yet was told at the start: it is no failure.
    if (this.endpoint.isWaiting) return;
    const outlet = this.endpoint.opened;
    if (outlet === undefined) {
      this.#fail(ENETDOWN);
    } else if (this.#inFlight >= maxInFlight) {
      this.#fail(ENOBUFS);
    } else {
      this.#inFlight += 1;
      outlet.socket.send(datagram, outlet.port, outlet.address, (error) => {
        this.#sent(outlet, error);
      });
    }
  }

  /** Resolves when the kernel has taken or refused what was sent. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#inFlight === 0) resolve();
      else this.#onIdle = resolve;
    });
  }

  /** Says in the log that it is open, or what it waits for. */
  reportStart(): void {
    const { name, opened, isWaiting } = this.endpoint;
    if (opened) this.#report({ level: 'info', text: this.#plan.started(opened) });
    if (isWaiting) {
      this.#report({ level: 'WARN', text: `${name} waits until ${this.link} has an IPv4 address` });
    }
  }

  /** Follows its interface, and says in the log when it is open again. */
  async follow(at: InterfaceState | undefined): Promise<void> {
    if (await this.endpoint.follow(at)) this.reportStart();
  }

  #sent(outlet: Outlet, error: Error | null): void {
    if (this.endpoint.opened !== outlet) return;
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#onIdle?.();
    if (error === null) {
      this.#failures.succeeded();
      return;
    }
    if (fatalErrnos.has(errnoOf(error) ?? 0)) this.endpoint.markStale();
    this.#failures.failed(wordsOf(error), instant(performance.now()));
  }

  #fail(errno: number): void {
    this.#failures.failed(errorWords(errno), instant(performance.now()));
  }
}
