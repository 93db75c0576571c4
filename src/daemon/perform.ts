/** Effects of the node become acts; what an act brings comes back as an event of the loop, never by a call. */
import { unreachable } from '../assert.ts';
import type { Resource } from '../config/settings.ts';
import type { AttemptOutcome, DeviceCheck } from '../fencing/types.ts';
import type { Job, Kept, Outcome } from '../haresources/types.ts';
import type { ClientEventKind, NodeEffect, NodeEvent } from '../heartbeat/effects.ts';
import type { LogLine } from '../log-line.ts';
import type { DeletedNode } from '../membership/state.ts';
import type { Field } from '../message/messages.ts';
import type { NodeName } from '../units.ts';

/** The rooms that act. None of these waits, and none throws for what the world does. */
export interface Acts {
  readonly send: (datagram: Uint8Array) => void;
  readonly ping: (node: NodeName, datagram: Uint8Array) => void;
  /** Never rejects. */
  readonly run: (job: Job) => Promise<Outcome>;
  /** Never rejects. */
  readonly fence: (node: NodeName) => Promise<AttemptOutcome>;
  readonly cancelFence: (node: NodeName) => void;
  /** Never rejects. */
  readonly checkDevice: () => Promise<DeviceCheck>;
  /** Resolves when the generation is on the disk: to true, or to false when it could not be written. */
  readonly reserve: (generation: number) => Promise<boolean>;
  readonly announce: (resource: Resource) => void;
  readonly introduce: (resource: Resource) => void;
  readonly publish: (fields: readonly Field[], event: ClientEventKind) => void;
  readonly pauseClients: (arePaused: boolean) => void;
  readonly notify: (notice: Extract<NodeEffect, { kind: 'notify' }>) => void;
  readonly answerQuery: (query: Extract<NodeEffect, { kind: 'client-query' }>) => void;
  readonly rememberDeleted: (nodes: readonly DeletedNode[]) => void;
  readonly openClients: () => void;
  readonly log: (line: LogLine) => void;
  readonly restart: (kept: Kept) => void;
  readonly cannotStop: (how: 'fence' | 'reboot') => void;
  readonly exit: () => void;
}

/** Carries out one effect; `push` takes the event that it brings, now or later. */
export function perform(effect: NodeEffect, acts: Acts, push: (event: NodeEvent) => void): void {
  switch (effect.kind) {
    case 'send':
      acts.send(effect.datagram);
      return;
    case 'ping':
      acts.ping(effect.node, effect.datagram);
      return;
    case 'run':
      void runJob(effect.job, acts, push);
      return;
    case 'fence':
    case 'cancel-fence':
    case 'check-device':
      performOnDevice(effect, acts, push);
      return;
    case 'reserve-generation':
      void reserve(effect.generation, acts, push);
      return;
    case 'announce':
      acts.announce(effect.resource);
      return;
    case 'introduce':
      acts.introduce(effect.resource);
      return;
    case 'client-event':
      acts.publish(effect.fields, effect.event);
      return;
    case 'pause-clients':
      acts.pauseClients(effect.arePaused);
      return;
    case 'notify':
      acts.notify(effect);
      return;
    case 'client-query':
      acts.answerQuery(effect);
      return;
    case 'remember-deleted':
      acts.rememberDeleted(effect.nodes);
      return;
    case 'became-active':
      acts.openClients();
      return;
    case 'log':
      acts.log(effect.line);
      return;
    case 'restart':
      acts.restart(effect.kept);
      return;
    case 'cannot-stop':
      acts.cannotStop(effect.how);
      return;
    case 'exit':
      acts.exit();
      return;
    default:
      unreachable(effect);
  }
}

async function reserve(
  generation: number,
  acts: Acts,
  push: (event: NodeEvent) => void,
): Promise<void> {
  if (await acts.reserve(generation)) push({ kind: 'generation-reserved', generation });
}

async function runJob(job: Job, acts: Acts, push: (event: NodeEvent) => void): Promise<void> {
  push({ kind: 'ran', job: job.id, outcome: await acts.run(job) });
}

type DeviceEffect = Extract<
  NodeEffect,
  { readonly kind: 'fence' | 'cancel-fence' | 'check-device' }
>;

function performOnDevice(effect: DeviceEffect, acts: Acts, push: (event: NodeEvent) => void): void {
  switch (effect.kind) {
    case 'fence':
      void fence(effect, acts, push);
      return;
    case 'cancel-fence':
      acts.cancelFence(effect.node);
      return;
    case 'check-device':
      void checkDevice(acts, push);
      return;
  }
}

async function fence(
  { attempt, node }: Extract<NodeEffect, { readonly kind: 'fence' }>,
  acts: Acts,
  push: (event: NodeEvent) => void,
): Promise<void> {
  push({ kind: 'fenced', attempt, outcome: await acts.fence(node) });
}

async function checkDevice(acts: Acts, push: (event: NodeEvent) => void): Promise<void> {
  push({ kind: 'device-checked', check: await acts.checkDevice() });
}
