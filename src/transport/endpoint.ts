/** A socket that outlives its interface: opened at the start or when there is an address, and again whenever the interface has come back or changed. */
import type { Socket } from 'node:dgram';
import type { LogLine } from '../log-line.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { SocketPlan } from './bind.ts';
import { type InterfaceState, isSameState } from './interfaces.ts';

export interface EndpointOwner<Opened> {
  /** The medium in the log: `bcast eth0`. */
  readonly name: string;
  /** Called with every socket that is opened, before anything is read from it. */
  readonly opened: (opened: Opened) => void;
  readonly report: (line: LogLine) => void;
}

export class Endpoint<Opened extends { readonly socket: Socket }> {
  readonly #plan: SocketPlan<Opened>;
  readonly #owner: EndpointOwner<Opened>;
  #opened: Opened | undefined;
  /** The state of the interface at the last opening; undefined when it is to be opened again. */
  #openedAt: InterfaceState | undefined;
  #isOpening = false;
  #isClosed = false;
  #isWaiting = false;
  #toldFailure: string | undefined;

  constructor(plan: SocketPlan<Opened>, owner: EndpointOwner<Opened>) {
    this.#plan = plan;
    this.#owner = owner;
  }

  get name(): string {
    return this.#owner.name;
  }

  get iface(): string {
    return this.#plan.iface;
  }

  /** What is open now; undefined between a failed attempt to open it again and the next. */
  get opened(): Opened | undefined {
    return this.#opened;
  }

  /** It was not opened at the start, because its interface had no address; from the first attempt on it is false. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Opens it on an interface in this state (undefined: there is none), or begins to wait for an address. Fails with words. */
  async start(at: InterfaceState | undefined): Promise<Result<undefined, string>> {
    if (at === undefined) return fail('No such device');
    const missing = this.#plan.missing(at);
    if (missing === undefined) return this.#open(at);
    this.#isWaiting = this.#plan.waits;
    return this.#isWaiting ? succeed(undefined) : fail(missing);
  }

  /**
   * True when it was opened again, because the interface is usable and not what it was. An unusable one leaves the socket as it is.
   * What fails is reported once, and tried again at the next look.
   */
  async follow(at: InterfaceState | undefined): Promise<boolean> {
    if (this.#isOpening || this.#isClosed) return false;
    if (at === undefined || this.#plan.missing(at) !== undefined) {
      this.markStale();
      return false;
    }
    if (this.#openedAt !== undefined && isSameState(this.#openedAt, at)) return false;
    this.#isOpening = true;
    const opened = await this.#open(at);
    this.#isOpening = false;
    this.#reportFailure(opened.ok ? undefined : opened.reason);
    return opened.ok;
  }

  /** The next look at a usable interface opens it again. */
  markStale(): void {
    this.#openedAt = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  async #open(at: InterfaceState): Promise<Result<undefined, string>> {
    // The old socket may hold the very port that the new one needs.
    this.#drop();
    const opened = await this.#plan.open(at);
    this.#isWaiting = false;
    if (!opened.ok) return opened;
    this.#adopt(opened.value, at);
    return succeed(undefined);
  }

  #adopt(opened: Opened, at: InterfaceState): void {
    if (this.#isClosed) {
      opened.socket.close();
      return;
    }
    this.#opened = opened;
    this.#openedAt = at;
    opened.socket.on('error', () => {
      if (this.#opened === opened) this.markStale();
    });
    this.#owner.opened(opened);
  }

  #drop(): void {
    this.#opened?.socket.close();
    this.#opened = undefined;
    this.#openedAt = undefined;
  }

  #reportFailure(why: string | undefined): void {
    if (why !== undefined && why !== this.#toldFailure) {
      this.#owner.report({ level: 'WARN', text: `cannot reopen ${this.name}: ${why}` });
    }
    this.#toldFailure = why;
  }
}
