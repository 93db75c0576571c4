/** Carries out the attempts of the pure machine: one device, each attempt with its own way to be ended. */
import type { AttemptId, AttemptOutcome } from '../fencing/types.ts';
import type { LogLine } from '../log-line.ts';
import type { NodeName } from '../units.ts';
import type { Device } from './device.ts';

export class Fencer {
  readonly #device: Promise<Device | undefined> | undefined;
  readonly #log: (line: LogLine) => void;
  readonly #running: Map<AttemptId, AbortController> = new Map<AttemptId, AbortController>();
  readonly #ends: Set<Promise<unknown>> = new Set<Promise<unknown>>();

  constructor(device: Promise<Device | undefined> | undefined, log: (line: LogLine) => void) {
    this.#device = device;
    this.#log = log;
  }

  /** Has the node reset; never rejects. */
  async fence(attempt: AttemptId, node: NodeName): Promise<AttemptOutcome> {
    const controller = new AbortController();
    this.#running.set(attempt, controller);
    const end = this.#attempt(node, controller.signal);
    this.#ends.add(end);
    try {
      return await end;
    } finally {
      this.#running.delete(attempt);
      this.#ends.delete(end);
    }
  }

  /** Ends an attempt: its program and its whole process group are killed. */
  cancel(attempt: AttemptId): void {
    this.#running.get(attempt)?.abort();
  }

  /** Ends all of them; resolves when no program of theirs is left, or cannot be ended. */
  async close(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    await Promise.all(this.#ends);
  }

  async #attempt(node: NodeName, signal: AbortSignal): Promise<AttemptOutcome> {
    const device = await this.#device;
    if (device === undefined) return { kind: 'failed', why: 'the program stonith has gone' };
    const id = await device.id(signal);
    this.#log({ level: 'info', text: `Resetting node ${node} with [${id}]` });
    return device.reset(node, signal);
  }
}
