/** Two whole nodes that talk, and every datagram of one of them as an attacker on the wire would have recorded it. */
import type { NodeEffect, NodeEvent } from '../../src/heartbeat/effects.ts';
import { nextDeadline } from '../../src/heartbeat/deadline.ts';
import { stepNode } from '../../src/heartbeat/node.ts';
import { createNode, type NodeState } from '../../src/heartbeat/state.ts';
import type { Job } from '../../src/haresources/types.ts';
import type { LogLine } from '../../src/log-line.ts';
import type { VerifyingKeys } from '../../src/message/decode.ts';
import { instant, nodeName } from '../../src/units.ts';
import { settingsOf } from '../../sim/settings.ts';

const secret = settingsOf({ nodes: ['node1', 'node2'], groups: [], autoFailback: 'off' });

/** The key that both nodes have. */
export const sharedKeys: VerifyingKeys = { ...secret.authKeys, acceptCrc: false };

/** One node under the eyes of the test: its scripts end at once and do what they are told. */
export class Witness {
  state: NodeState;
  readonly name: string;
  readonly sent: Uint8Array[] = [];
  readonly running: Set<string> = new Set<string>();
  readonly lines: LogLine[] = [];
  readonly #outbox: Uint8Array[] = [];

  constructor(name: string, generation: number) {
    this.name = name;
    this.state = createNode({
      settings: settingsOf({
        nodes: ['node1', 'node2'],
        groups: [
          ['node1', 'web'],
          ['node2', 'mail'],
        ],
        autoFailback: 'off',
      }),
      self: nodeName(name),
      uuid: name.padEnd(16, '.'),
      generation,
      seed: generation,
    });
  }

  /** What the node does at once: its effects, the scripts' ends included. */
  tell(event: NodeEvent, now: number): readonly NodeEffect[] {
    const moment = {
      now: instant(now),
      wall: 1_700_000_000 + Math.floor(now / 1000),
      load: '0.00',
    };
    const { state, effects } = stepNode(this.state, event, moment);
    this.state = state;
    const jobs: Job[] = [];
    for (const effect of effects) {
      if (effect.kind === 'send') {
        this.sent.push(effect.datagram);
        this.#outbox.push(effect.datagram);
      } else if (effect.kind === 'run') jobs.push(effect.job);
      else if (effect.kind === 'log') this.lines.push(effect.line);
    }
    return [...effects, ...jobs.flatMap((job) => this.tell(this.#ran(job), now))];
  }

  /** The datagrams since the last call. */
  takeSent(): readonly Uint8Array[] {
    return this.#outbox.splice(0);
  }

  #ran(job: Job): NodeEvent {
    const what = job.resource.text;
    if (job.action === 'start') this.running.add(what);
    if (job.action === 'stop') this.running.delete(what);
    const status = this.running.has(what) ? 'running' : 'stopped';
    const isQuestion = job.action === 'status' || job.action === 'probe';
    return { kind: 'ran', job: job.id, outcome: { kind: isQuestion ? status : 'done' } };
  }
}

/** A wire between witnesses on which everything arrives at the next millisecond. */
export class Wire {
  now: number = 1000;
  readonly #nodes: Set<Witness> = new Set<Witness>();

  constructor(...nodes: readonly Witness[]) {
    for (const node of nodes) this.join(node);
  }

  /** A daemon is started. */
  join(node: Witness): void {
    this.#nodes.add(node);
    node.tell({ kind: 'start' }, this.now);
  }

  /** Its machine is switched off. */
  leave(node: Witness): void {
    this.#nodes.delete(node);
  }

  /** Lets `duration` milliseconds pass, with `attack` in each of them. */
  pass(duration: number, attack: () => void = () => undefined): void {
    const end = this.now + duration;
    while (this.now < end) {
      this.now += 1;
      for (const node of this.#nodes) {
        for (const bytes of node.takeSent()) this.#deliver(bytes);
        if (nextDeadline(node.state) <= this.now) node.tell({ kind: 'tick' }, this.now);
      }
      attack();
    }
  }

  #deliver(bytes: Uint8Array): void {
    for (const node of this.#nodes) node.tell({ kind: 'datagram', link: 'eth0', bytes }, this.now);
  }
}
