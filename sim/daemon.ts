/** What the simulator asks of a daemon, and our own node behind that. */
import { isLeftOver, mayRun } from '../src/haresources/running.ts';
import type { NodeEffect, NodeEvent, NodeSettings } from '../src/heartbeat/effects.ts';
import { nextDeadline } from '../src/heartbeat/deadline.ts';
import { stepNode } from '../src/heartbeat/node.ts';
import { holding } from '../src/heartbeat/views.ts';
import { createNode, type NodeState } from '../src/heartbeat/state.ts';
import { stepMembership } from '../src/membership/step.ts';
import { statusWord } from '../src/membership/hearing-status.ts';
import type { Moment } from '../src/membership/types.ts';
import { encodeDatagram } from '../src/message/encode.ts';
import type { Draft, Hold, NodeStatus } from '../src/message/messages.ts';
import { nodeName, type Instant } from '../src/units.ts';

/** What a daemon believes about a group on its machine. */
export type Belief =
  | 'free'
  /** It runs, or is being started. */
  | 'runs'
  /** It is being stopped, or could not be. */
  | 'letting-go'
  /** An earlier life left it behind. */
  | 'left-over';

export type DaemonEffect =
  | NodeEffect
  /** The daemon ends; the next one starts so many milliseconds later. */
  | { readonly kind: 'begin-anew'; readonly after: number }
  /** The machine goes down, for something could not be stopped. */
  | { readonly kind: 'reboot' };

/** A daemon without its shell: it does nothing but answer events with effects. */
export interface Daemon {
  readonly kind: 'ours' | 'c';
  step(event: NodeEvent, moment: Moment): readonly DaemonEffect[];
  nextDeadline(): Instant;
  /** What `cl_status rscstatus` says. */
  holding(): Hold | 'transition';
  /** The status of another node as `cl_status` shows it. */
  statusOf(node: string): NodeStatus;
  belief(group: string): Belief;
}

export class OurDaemon implements Daemon {
  readonly kind = 'ours';
  #state: NodeState;

  constructor(settings: NodeSettings) {
    this.#state = createNode(settings);
  }

  step(event: NodeEvent, moment: Moment): readonly NodeEffect[] {
    const step = stepNode(this.#state, event, moment);
    this.#state = step.state;
    return step.effects;
  }

  nextDeadline(): Instant {
    return nextDeadline(this.#state);
  }

  holding(): Hold | 'transition' {
    return holding(this.#state);
  }

  statusOf(node: string): NodeStatus {
    const peer = this.#state.membership.peers.get(nodeName(node));
    return peer === undefined ? this.#state.membership.status : statusWord(peer.life);
  }

  belief(group: string): Belief {
    const state = this.#state.resources.groups.find((one) => one.group.key === group);
    if (state === undefined) return 'free';
    if (isLeftOver(state)) return 'left-over';
    const { kind } = state.run;
    const isStopping = kind === 'stopping' || kind === 'pausing' || kind === 'verifying';
    if (isStopping || kind === 'stop-failed') return 'letting-go';
    return mayRun(state) ? 'runs' : 'free';
  }

  /** What the node sends although its engine never would: the datagrams. */
  say(draft: Draft, moment: Moment): readonly Uint8Array[] {
    const step = stepMembership(this.#state.membership, { kind: 'submit', draft }, moment);
    this.#state = { ...this.#state, membership: step.state };
    return step.effects.flatMap((effect) => {
      if (effect.kind !== 'transmit') return [];
      const encoded = encodeDatagram(effect.fields, 'netstring', this.#state.keys.outbound);
      return encoded.ok ? [encoded.value] : [];
    });
  }
}
