import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Loop, type LoopWorld, type Machine } from '../../src/daemon/loop.ts';
import { whenSocketsAreRead } from '../../src/daemon/when-sockets-are-read.ts';
import { after, instant, type Instant, millis, never } from '../../src/units.ts';

/** A clock that only the test moves; its timers fire in order when it does. */
class VirtualWorld implements LoopWorld {
  #now = 0;
  #timers: { at: number; then: () => void }[] = [];
  now = (): Instant => instant(this.#now);
  whenSocketsAreRead = (_received: () => number, then: () => void): void => {
    then();
  };
  setTimer = (wait: number, then: () => void): (() => void) => {
    const timer = { at: this.#now + wait, then };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };
  get timers(): number {
    return this.#timers.length;
  }
  goTo(time: number): void {
    for (;;) {
      const next = this.#timers.sort((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > time) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.then();
    }
    this.#now = time;
  }
}

/** A machine that wants to be asked 100 ms after whatever it heard last, and logs what happened. */
function listener(log: string[]): Machine<string, string> {
  let deadline = never;
  return {
    tick: 'tick',
    nextDeadline: () => deadline,
    step: (event, now) => {
      if (event === 'tick' && now < deadline) return [];
      deadline = after(now, millis(100));
      log.push(`${event}@${String(now)}`);
      return [`done:${event}`];
    },
  };
}

describe('the loop', () => {
  test('ticks at the deadline that the node names, and moves it when the node does', () => {
    const world = new VirtualWorld();
    const log: string[] = [];
    const loop = new Loop(world, listener(log), { perform: () => undefined, onThrow: fail });

    loop.push('start');
    world.goTo(60);
    loop.receive('heard');
    world.goTo(159);
    expect(log).toEqual(['start@0', 'heard@60']);
    world.goTo(160);
    expect(log).toEqual(['start@0', 'heard@60', 'tick@160']);
  });

  test('holds one timer, however many events there were', () => {
    const world = new VirtualWorld();
    const loop = new Loop(world, listener([]), { perform: () => undefined, onThrow: fail });

    for (let number = 0; number < 50; number += 1) {
      world.goTo(number);
      loop.receive('heard');
    }

    expect(world.timers).toBe(1);
  });

  test('takes an event that an effect brings after all effects of the step', () => {
    const world = new VirtualWorld();
    const order: string[] = [];
    const machine: Machine<string, string> = {
      tick: 'tick',
      nextDeadline: () => never,
      step: (event) => (event === 'first' ? ['one', 'two'] : [event]),
    };
    const loop = new Loop(world, machine, {
      perform: (effect) => {
        order.push(effect);
        if (effect === 'one') loop.push('result of one');
      },
      onThrow: fail,
    });

    loop.push('first');

    expect(order).toEqual(['one', 'two', 'result of one']);
  });

  test('goes to the last-resort path once when a step throws, and steps nothing after it', () => {
    const world = new VirtualWorld();
    const steps: string[] = [];
    const thrown: unknown[] = [];
    const machine: Machine<string, never> = {
      tick: 'tick',
      nextDeadline: () => instant(10),
      step: (event) => {
        steps.push(event);
        if (event === 'bad') throw new Error('a bug');
        return [];
      },
    };
    const loop = new Loop(world, machine, {
      perform: () => undefined,
      onThrow: (error) => thrown.push(error),
    });

    loop.push('good');
    loop.push('bad');
    loop.push('late');
    world.goTo(1000);

    expect(steps).toEqual(['good', 'bad']);
    expect(thrown).toEqual([new Error('a bug')]);
    expect(world.timers).toBe(0);
  });

  test('steps nothing after its end', () => {
    const world = new VirtualWorld();
    const log: string[] = [];
    const loop = new Loop(world, listener(log), { perform: () => undefined, onThrow: fail });

    loop.push('start');
    loop.end();
    loop.receive('heard');
    world.goTo(1000);

    expect(log).toEqual(['start@0']);
  });
});

function fail(error: unknown): void {
  throw error;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let settle: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: settle };
}

/** Stops the whole process, as a swapped-out or SIGSTOPped daemon is stopped. */
function stall(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe('a stalled loop', () => {
  test('hears every datagram that came meanwhile before it judges a deadline that passed', async () => {
    const controller = new AbortController();
    const [receiver, sender] = ['udp4', 'udp4'].map(() =>
      createSocket({ type: 'udp4', signal: controller.signal }),
    );
    if (receiver === undefined || sender === undefined) throw new Error('two sockets');
    receiver.bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const count = 100;
    const log: string[] = [];
    const world: LoopWorld = {
      now: () => instant(performance.now()),
      setTimer: (wait, then) => {
        const timer = setTimeout(then, wait);
        return () => {
          clearTimeout(timer);
        };
      },
      whenSocketsAreRead,
    };
    const { promise: judged, resolve } = deferred();
    const loop = new Loop<string, string>(world, listener(log), {
      perform: (effect) => {
        if (effect === 'done:tick') resolve();
      },
      onThrow: fail,
    });
    receiver.on('message', () => {
      loop.receive('heard');
    });
    // A connected socket hands its datagrams to the kernel at once: none is read before the stall.
    sender.connect(receiver.address().port, '127.0.0.1');
    await once(sender, 'connect');
    loop.push('start');
    for (let sent = 0; sent < count; sent += 1) sender.send('x');
    expect(log).toHaveLength(1);
    stall(300);
    await judged;
    loop.end();
    controller.abort();

    expect(log.filter((entry) => entry.startsWith('heard'))).toHaveLength(count);
    expect(log.at(-1)).toMatch(/^tick@/);
  });
});
