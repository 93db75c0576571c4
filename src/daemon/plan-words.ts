/** A plan in words for people. */
import type { PeerReading, Plan, PlannedGroup } from '../haresources/plan.ts';
import type { NodeName } from '../units.ts';

/** One line for each group and each other node, and what to do next. */
export function planText(plan: Plan, file: string): string {
  const width = Math.max(0, ...plan.groups.map(({ key }) => key.length));
  const lines = [
    ...plan.groups.map((group) => `${group.key.padEnd(width)}  ${wordsOf(group)}`),
    ...plan.peers.map(({ has, node }) => `${node}: ${readingWords[has]}`),
    plan.isOpen ? (refusalOf(plan, file) ?? nextStep(plan)) : `${file}: nothing to do`,
  ];
  return `${lines.join('\n')}\n`;
}

const on = (node: NodeName | undefined): string => node ?? 'nobody known yet';

function wordsOf(group: PlannedGroup): string {
  switch (group.kind) {
    case 'stays':
      return `stays as it is on ${on(group.on)}`;
    case 'starts':
      return `starts on ${on(group.on)}: ${inOrder(group.resources)}`;
    case 'stops':
      return `stops on ${on(group.on)}: ${inOrder(group.resources.toReversed())}`;
    case 'moves':
      return `moves from ${on(group.from)} to ${on(group.to)} when both have read the file: ${inOrder(group.resources)}`;
    case 'belongs':
      return `stays on ${on(group.on)}, and belongs to ${group.owner} from now on${also(group)}`;
    case 'cannot-move':
      return `stays on ${on(group.on)}: a C node, or one with auto_failback legacy, cannot be told that it belongs to ${group.owner}; stop and start both${also(group)}`;
    case 'changes':
      return `stays on ${on(group.on)}: ${changeWords(group.stop, group.start)}`;
    case 'waits':
      return `was read before, and is to run on ${on(group.on)}: that waits for the other node, or for a stop (the log says why)`;
  }
}

function also({ start, stop }: MemberWords): string {
  return stop.length + start.length === 0 ? '' : `; ${changeWords(stop, start)}`;
}

interface MemberWords {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

function refusalOf({ refusal }: Plan, file: string): string | undefined {
  if (refusal === undefined) return undefined;
  const { owner, resource } = refusal;
  return `${file} is not taken in: ${resource} is ${owner}'s, and a C node, or one with auto_failback legacy, cannot be told of another owner; stop heartbeat on both nodes for that`;
}

function changeWords(stop: readonly string[], start: readonly string[]): string {
  const parts = [
    ...(stop.length === 0 ? [] : [`stops ${inOrder(stop)}`]),
    ...(start.length === 0 ? [] : [`starts ${inOrder(start)}`]),
  ];
  return parts.join(', then ');
}

const inOrder = (resources: readonly string[]): string => resources.join(', ');

const readingWords: Readonly<Record<PeerReading, string>> = {
  new: 'its daemon has read the same file',
  old: 'its daemon still has the file that the daemon here has: ha_propagate, then heartbeat -r there',
  other:
    'its daemon has another file: see which is right (heartbeat --check --peer), then ha_propagate from there, and heartbeat -r on both',
  c: 'not known: it is a C heartbeat, which reads the file at each of its own actions: ha_propagate',
  dead: 'not known: it is not there; give it the file before it starts (ha_propagate)',
  silent: 'not known: it has not said yet what it has read',
};

function nextStep({ isRead, peers }: Plan): string {
  if (isRead) return 'nothing to do here: what waits goes on when every node has read the same';
  const waits = peers.some(({ has }) => has === 'old' || has === 'other' || has === 'silent');
  const then = waits ? '; what is new starts when every node has read it' : '';
  return `to carry it out: heartbeat -r${then}`;
}
