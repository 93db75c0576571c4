/** How a C node runs its scripts: one after the other, whatever they say (spec resources 3.3, 3.4). */
import type { ResourceGroup } from '../src/config/settings.ts';
import type { Action, Outcome } from '../src/haresources/types.ts';

/** What a child of the C daemon does next. */
type CStep =
  | {
      readonly kind: 'call';
      readonly group: ResourceGroup;
      readonly at: number;
      readonly action: Action;
    }
  | { readonly kind: 'pause'; readonly millis: number }
  /** A stop has failed for good: the machine reboots. */
  | { readonly kind: 'reboot' };

/** Asks for one step after the other, and is given the outcome of each call. */
export type Child = Generator<CStep, void, Outcome>;

/** HA_STOPRETRYMAX (spec resources 3.4). */
const stopTries = 11;

export function* take(groups: readonly ResourceGroup[]): Child {
  for (const group of groups) yield* takeGroup(group);
}

export function* give(groups: readonly ResourceGroup[]): Child {
  for (const group of groups) yield* giveGroup(group);
}

function* takeGroup(group: ResourceGroup): Child {
  for (const at of group.resources.keys()) {
    const status = yield { kind: 'call', group, at, action: 'status' };
    if (status.kind === 'running') continue;
    const started = yield { kind: 'call', group, at, action: 'start' };
    if (started.kind === 'done') continue;
    yield* giveGroup(group);
    return;
  }
}

function* giveGroup(group: ResourceGroup): Child {
  for (const at of [...group.resources.keys()].reverse()) yield* stopMember(group, at);
}

function* stopMember(group: ResourceGroup, at: number): Child {
  for (let tries = 0; tries < stopTries; tries += 1) {
    const stopped = yield { kind: 'call', group, at, action: 'stop' };
    if (stopped.kind === 'done') return;
    yield { kind: 'pause', millis: 1000 };
  }
  const status = yield { kind: 'call', group, at, action: 'status' };
  if (status.kind !== 'stopped') yield { kind: 'reboot' };
}
