/**
 * The daemon before every ordinary process (`realtime`, `rtprio`; spec config 10): a machine under load must not look dead. A loop
 * that does not rest would then starve that very machine: it loses its rank as long as that lasts.
 */
import type { LogLine } from '../log-line.ts';
import type { Result } from '../result.ts';

export interface RealtimeWorld {
  /** The class of the loop's thread; undefined is the ordinary one. */
  readonly setPriority: (priority: number | undefined) => Result<undefined, string>;
  /** Milliseconds in which the loop has not waited, since the process began. */
  readonly busyTime: () => number;
  /** Calls back every so many milliseconds, until the answer is called. */
  readonly every: (millis: number, then: () => void) => () => void;
  readonly log: (line: LogLine) => void;
}

const lookMillis = 5_000;
/** Parts of the time. The kernel itself leaves ordinary processes no more than 5 % of a processor. */
const restless = 0.8;
const atRest = 0.4;

export class Realtime {
  readonly #world: RealtimeWorld;
  /** What ha.cf asks for, and the system allows. */
  #priority: number | undefined;
  #isHeldBack = false;
  #busyBefore = 0;
  #cancel: (() => void) | undefined;

  constructor(world: RealtimeWorld) {
    this.#world = world;
  }

  /** From now on with that priority, 1 to 99, or without any. Where the system refuses, one line says so. */
  use(priority: number | undefined): void {
    if (priority === undefined) {
      const text = `Request to set pid ${String(process.pid)} to realtime ignored.`;
      this.#world.log({ level: 'info', text });
    }
    if (priority === this.#priority) return;
    this.#stopLooking();
    const set = this.#world.setPriority(priority);
    if (!set.ok) {
      this.#warn(`Unable to set scheduler parameters.: ${set.reason}: running as any process`);
      return;
    }
    this.#priority = priority;
    if (priority === undefined) return;
    this.#busyBefore = this.#world.busyTime();
    this.#cancel = this.#world.every(lookMillis, () => {
      this.#look();
    });
  }

  #stopLooking(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#isHeldBack = false;
  }

  #look(): void {
    const busy = this.#world.busyTime();
    const part = (busy - this.#busyBefore) / lookMillis;
    this.#busyBefore = busy;
    if (!this.#isHeldBack && part > restless) this.#holdBack(true, undefined);
    else if (this.#isHeldBack && part < atRest) this.#holdBack(false, this.#priority);
  }

  #holdBack(isHeldBack: boolean, priority: number | undefined): void {
    if (!this.#world.setPriority(priority).ok) return;
    this.#isHeldBack = isHeldBack;
    if (isHeldBack) this.#warn('heartbeat is busy all the time: it runs as any process meanwhile');
    else this.#world.log({ level: 'info', text: 'heartbeat runs in realtime again' });
  }

  #warn(text: string): void {
    this.#world.log({ level: 'WARN', text });
  }
}
