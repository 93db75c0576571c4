/** Carries out the attempts of the pure machine with the one device of this node, and takes the operator's word meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import type { AttemptOutcome, DeviceCheck } from '../fencing/types.ts';
import type { LogLine } from '../log-line.ts';
import type { NodeName } from '../units.ts';
import { awaitConfirmation } from './confirmation.ts';
import type { Device } from './device.ts';

export interface FencerOptions {
  /** Undefined without a device; what it resolves to is undefined when the device's program has gone. */
  readonly device: Promise<Device | undefined> | undefined;
  /** Where `meatware.NODE` is made, for `meatclient`. */
  readonly fifos: string;
  readonly log: (line: LogLine) => void;
  /** The operator says that this node is down. */
  readonly onConfirmed: (node: NodeName) => void;
}

const noDevice = 'the program that drives the device has gone';
/** A FIFO that cannot be made is tried again after this. */
const fifoPauseMillis = 1000;

export class Fencer {
  readonly #options: FencerOptions;
  /** What goes on about each node that is to be reset: ends when nobody wants that any more. */
  readonly #wanted: Map<NodeName, AbortController> = new Map<NodeName, AbortController>();
  readonly #ends: Set<Promise<unknown>> = new Set<Promise<unknown>>();
  readonly #checks: AbortController = new AbortController();

  constructor(options: FencerOptions) {
    this.#options = options;
  }

  /** Has the node reset; never rejects. From the first attempt until it is reset or given up, `meatclient` can confirm it. */
  async fence(node: NodeName): Promise<AttemptOutcome> {
    const known = this.#wanted.get(node);
    const controller = known ?? new AbortController();
    this.#wanted.set(node, controller);
    const device = await this.#options.device;
    if (controller.signal.aborted) return { kind: 'failed', why: 'cancelled' };
    if (known === undefined && device?.asksOperator !== true)
      void this.#until(this.#listen(node, controller.signal));
    const outcome = await this.#until(this.#attempt(device, node, controller.signal));
    if (outcome.kind === 'ok' && this.#wanted.get(node) === controller) this.cancel(node);
    return outcome;
  }

  /** Nobody wants it reset any more: its program and the whole process group are killed, and the FIFO goes. */
  cancel(node: NodeName): void {
    this.#wanted.get(node)?.abort();
    this.#wanted.delete(node);
  }

  /** Asks the device for its status and its hosts; never rejects. */
  async check(): Promise<DeviceCheck> {
    const device = await this.#options.device;
    if (device === undefined) return { device: '', fault: noDevice, hosts: undefined };
    return this.#until(this.#check(device));
  }

  /** Ends everything; resolves when no program of it is left, or cannot be ended. */
  async close(): Promise<void> {
    this.#checks.abort();
    for (const node of this.#wanted.keys()) this.cancel(node);
    await Promise.all(this.#ends);
  }

  async #check(device: Device): Promise<DeviceCheck> {
    const { signal } = this.#checks;
    const id = await device.id(signal);
    this.#say(`Checking status of STONITH device [${id}]`);
    const fault = await device.status(signal);
    return { device: id, fault, hosts: await device.hosts(signal) };
  }

  async #attempt(
    device: Device | undefined,
    node: NodeName,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    if (device === undefined) return { kind: 'failed', why: noDevice };
    const id = await device.id(signal);
    if (signal.aborted) return { kind: 'failed', why: 'cancelled' };
    this.#say(`Resetting node ${node} with [${id}]`);
    return device.reset(node, signal);
  }

  /** `meatclient` may speak before the device has done its work, whatever the device is. */
  async #listen(node: NodeName, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const answer = await awaitConfirmation(node, this.#options.fifos, signal);
      if (answer === 'confirmed') this.#options.onConfirmed(node);
      else await wait(fifoPauseMillis, undefined, { signal }).catch(() => undefined);
    }
  }

  async #until<Value>(end: Promise<Value>): Promise<Value> {
    this.#ends.add(end);
    try {
      return await end;
    } finally {
      this.#ends.delete(end);
    }
  }

  #say(text: string): void {
    this.#options.log({ level: 'info', text });
  }
}
