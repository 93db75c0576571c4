/** One node at work: the pure node in its loop, between the media, the agents and the clients. */
import type { AuthKeys, ResourceGroup } from '../config/settings.ts';
import type { NodeEffect, NodeEvent, NodeSettings } from '../heartbeat/effects.ts';
import { nextDeadline } from '../heartbeat/deadline.ts';
import { stepNode } from '../heartbeat/node.ts';
import {
  clusterNodes,
  holding,
  incompleteNodes,
  fencing,
  monitor,
  quorum,
  standing,
} from '../heartbeat/views.ts';
import { createNode, type NodeState } from '../heartbeat/state.ts';
import type { NewestHeard, NodeView } from '../membership/types.ts';
import type { Field, Hold } from '../message/messages.ts';
import { type Instant, instant } from '../units.ts';
import type { LoadAverage } from './load-average.ts';
import { Loop, type LoopWorld } from './loop.ts';
import { type Acts, perform } from './perform.ts';
import { whenSocketsAreRead } from './when-sockets-are-read.ts';

export interface NodeHooks {
  readonly acts: Acts;
  readonly load: LoadAverage;
  /** A deadline was kept. */
  readonly onTick: () => void;
  /** Our own program is wrong: the one last-resort path. */
  readonly onThrow: (error: unknown) => void;
}

/** The clock of the loop: monotonic, in whole milliseconds, for fractions are noise and would stand in log lines. */
export const now = (): Instant => instant(Math.floor(performance.now()));

/** The clock, the timers and the sockets of this process. */
export const realWorld: LoopWorld = {
  now,
  setTimer: (wait, then) => {
    const timer = setTimeout(then, wait);
    return () => {
      clearTimeout(timer);
    };
  },
  whenSocketsAreRead,
};

/** The node from its first status to its exit. Its state is only ever replaced by a step. */
export class RunningNode {
  readonly #loop: Loop<NodeEvent, NodeEffect>;
  #state: NodeState;
  #hasStarted = false;

  constructor(settings: NodeSettings, hooks: NodeHooks) {
    this.#state = createNode(settings);
    const push = (event: NodeEvent): void => {
      this.#loop.push(event);
    };
    this.#loop = new Loop<NodeEvent, NodeEffect>(
      realWorld,
      {
        step: (event, at) => this.#step(event, at, hooks),
        nextDeadline: () => nextDeadline(this.#state),
        tick: { kind: 'tick' },
      },
      {
        perform: (effect) => {
          perform(effect, hooks.acts, push);
        },
        onThrow: hooks.onThrow,
      },
    );
  }

  /** The media are open. */
  start(): void {
    this.#hasStarted = true;
    this.#loop.push({ kind: 'start' });
  }

  /** A datagram came over a link; what comes before the start is not for this node. */
  receive(link: string, bytes: Uint8Array, from?: string): void {
    if (!this.#hasStarted) return;
    const datagram = { kind: 'datagram', link, bytes } as const;
    this.#loop.receive(from === undefined ? datagram : { ...datagram, from });
  }

  /** A message from this machine: of a script, or of an API client. */
  submit(fields: readonly Field[]): void {
    this.#loop.push({ kind: 'local-message', fields });
  }

  /** authkeys was read again, and is good. */
  setKeys(keys: AuthKeys, acceptCrc: boolean): void {
    this.#loop.push({ kind: 'keys', keys, acceptCrc });
  }

  /** haresources was read again, and is good. */
  setGroups(groups: readonly ResourceGroup[]): void {
    this.#loop.push({ kind: 'haresources', groups });
  }

  /** End this life and keep the resources, once nothing is in flux; the effect `restart` follows. */
  restart(): void {
    this.#loop.push({ kind: 'restart' });
  }

  /** Leave the cluster in order; the effect `exit` follows. */
  leave(): void {
    this.#loop.push({ kind: 'stop' });
  }

  /** Steps nothing any more. */
  end(): void {
    this.#loop.end();
  }

  /** The nodes as API clients see them. */
  nodes(): readonly NodeView[] {
    return clusterNodes(this.#state);
  }

  /** The nodes of which packets are missing, and the newest that was heard of each. */
  incomplete(): readonly NewestHeard[] {
    return incompleteNodes(this.#state);
  }

  /** Whether this node has quorum and why, in words for people. */
  quorum(): string {
    return quorum(this.#state);
  }

  /** How far the fencing of silent nodes is, in words for people. */
  fencing(): string {
    return fencing(this.#state, now());
  }

  /** What the watching of services has found here, in words for people. */
  monitor(): string {
    return monitor(this.#state);
  }

  /** How this node stands to its haresources, for `readStanding`. */
  standing(): string {
    return standing(this.#state);
  }

  /** What this node holds, in the words of `cl_status rscstatus`. */
  holding(): Hold | 'transition' {
    return holding(this.#state);
  }

  #step(event: NodeEvent, at: Instant, { load, onTick }: NodeHooks): readonly NodeEffect[] {
    const wall = Math.floor(Date.now() / 1000);
    const step = stepNode(this.#state, event, { now: at, wall, load: load.line(at) });
    this.#state = step.state;
    if (event.kind === 'tick') onTick();
    return step.effects;
  }
}
