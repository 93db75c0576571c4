/** The node's one loop: a queue of events, one at a time, and one timer for the node's next deadline. */
import { assert } from '../assert.ts';
import { type Instant, elapsed, instant, never } from '../units.ts';

/** The world around the loop; tests give it a clock of their own. */
export interface LoopWorld {
  readonly now: () => Instant;
  /** Calls back after that many milliseconds; the answer takes it back. */
  readonly setTimer: (millis: number, then: () => void) => () => void;
  /** Calls back when the sockets have nothing more to read. */
  readonly whenSocketsAreRead: (received: () => number, then: () => void) => void;
}

/** The pure machine that the loop turns. */
export interface Machine<Event, Effect> {
  /** Takes an event in, and tells what is to be done, in order. */
  readonly step: (event: Event, now: Instant) => readonly Effect[];
  readonly nextDeadline: () => Instant;
  /** Happens when `nextDeadline` has come. */
  readonly tick: Event;
}

/** What the loop does with effects, and with what is thrown. */
export interface LoopHooks<Effect> {
  readonly perform: (effect: Effect) => void;
  /** A bug of ours: the one last-resort path. Nothing is stepped after it. */
  readonly onThrow: (error: unknown) => void;
}

/** Timers beyond this many milliseconds fire at once in Node.js; the deadline is looked at again then. */
const longestWait = 0x7fffffff;
/** Events wait only while a step is carried out, so a longer queue is a loop in ourselves. */
const maxQueued = 100_000;

export class Loop<Event, Effect> {
  readonly #world: LoopWorld;
  readonly #machine: Machine<Event, Effect>;
  readonly #hooks: LoopHooks<Effect>;
  readonly #queue: Event[] = [];
  #isTurning = false;
  #hasEnded = false;
  #received = 0;
  #timerAt: Instant = never;
  #cancelTimer: (() => void) | undefined;
  #isReading = false;

  constructor(world: LoopWorld, machine: Machine<Event, Effect>, hooks: LoopHooks<Effect>) {
    this.#world = world;
    this.#machine = machine;
    this.#hooks = hooks;
  }

  /** Takes in something that came from a socket: it is heard before any deadline that passed meanwhile is judged. */
  receive(event: Event): void {
    this.#received += 1;
    this.push(event);
  }

  /** Steps the machine with `event`, after the events that are already waiting. */
  push(event: Event): void {
    if (this.#hasEnded) return;
    this.#queue.push(event);
    if (!this.#isTurning) this.#turn();
  }

  /** Steps nothing any more, and holds no timer. */
  end(): void {
    this.#hasEnded = true;
    this.#queue.length = 0;
    this.#cancelTimer?.();
  }

  #turn(): void {
    this.#isTurning = true;
    try {
      for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
        assert(this.#queue.length < maxQueued, 'the loop keeps up with its own events');
        for (const effect of this.#machine.step(event, this.#world.now())) {
          this.#hooks.perform(effect);
        }
      }
      this.#setTimer();
    } catch (error) {
      this.end();
      this.#hooks.onThrow(error);
    } finally {
      this.#isTurning = false;
    }
  }

  #setTimer(): void {
    const deadline = this.#machine.nextDeadline();
    if (this.#hasEnded || this.#isReading || deadline === this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = deadline;
    if (deadline === never) return;
    const wait = Math.min(Math.ceil(elapsed(this.#world.now(), deadline)), longestWait);
    this.#cancelTimer = this.#world.setTimer(wait, () => {
      this.#atDeadline();
    });
  }

  #atDeadline(): void {
    this.#timerAt = instant(Number.NaN);
    this.#isReading = true;
    this.#world.whenSocketsAreRead(
      () => this.#received,
      () => {
        this.#isReading = false;
        // What was read may have moved the deadline: a tick too many does no harm, a missing one does.
        this.push(this.#machine.tick);
      },
    );
  }
}
