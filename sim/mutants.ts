/** Bugs put in on purpose, from outside, around a daemon: the judges must find each of them. */
import type { NodeEffect, NodeEvent } from '../src/heartbeat/effects.ts';
import type { Moment } from '../src/membership/types.ts';
import { decodeDatagram, type VerifyingKeys } from '../src/message/decode.ts';
import { encodeDatagram } from '../src/message/encode.ts';
import { text, valueOf, type Field } from '../src/message/messages.ts';
import type { Daemon } from './daemon.ts';

export type Mutant =
  /** Whatever became of a stop, it counts as done. */
  | 'failed-stop-forgotten'
  /** A lower generation of a peer is taken for a restart, as a higher one is. */
  | 'old-generation-accepted';

export const mutants: readonly Mutant[] = ['failed-stop-forgotten', 'old-generation-accepted'];

export const isMutant = (word: string): word is Mutant => mutants.some((mutant) => mutant === word);

/** What a daemon hears and does in place of what it should. */
interface Bug {
  readonly hears: (event: NodeEvent) => NodeEvent;
  readonly sees: (effect: NodeEffect) => void;
}

/** The daemon with that bug. */
export function mutated(daemon: Daemon, mutant: Mutant, keys: VerifyingKeys): Daemon {
  const { hears, sees } = bugOf(mutant, keys);
  const step = (event: NodeEvent, moment: Moment): readonly NodeEffect[] => {
    const effects = daemon.step(hears(event), moment);
    effects.forEach(sees);
    return effects;
  };
  return {
    kind: daemon.kind,
    step,
    nextDeadline: () => daemon.nextDeadline(),
    holding: () => daemon.holding(),
    statusOf: (node) => daemon.statusOf(node),
    belief: (group) => daemon.belief(group),
  };
}

function bugOf(mutant: Mutant, keys: VerifyingKeys): Bug {
  switch (mutant) {
    case 'failed-stop-forgotten':
      return forgetsFailedStops();
    case 'old-generation-accepted':
      return acceptsOldGenerations(keys);
  }
}

function forgetsFailedStops(): Bug {
  const stops = new Set<number>();
  return {
    hears: (event) =>
      event.kind === 'ran' && stops.has(event.job)
        ? { ...event, outcome: { kind: 'done' } }
        : event,
    sees: (effect) => {
      if (effect.kind === 'run' && effect.job.action === 'stop') stops.add(effect.job.id);
    },
  };
}

/** Every change of a peer's generation comes in as a higher one. */
function acceptsOldGenerations(keys: VerifyingKeys): Bug {
  const known = new Map<string, { told: string; taken: number }>();
  const taken = (fields: readonly Field[]): string => {
    const src = valueOf(fields, 'src') ?? '';
    const told = valueOf(fields, 'hg') ?? '0';
    const before = known.get(src);
    if (before?.told === told) return before.taken.toString(16);
    const next = before === undefined ? parseInt(told, 16) : before.taken + 1;
    known.set(src, { told, taken: next });
    return next.toString(16);
  };
  return {
    hears: (event) => {
      if (event.kind !== 'datagram') return event;
      const decoded = decodeDatagram(event.bytes, keys);
      if (!decoded.ok) return event;
      const hg = taken(decoded.value.fields);
      const fields = decoded.value.fields
        .filter(({ name }) => name !== 'auth')
        .map((field) => (field.name === 'hg' ? text('hg', hg) : field));
      const encoded = encodeDatagram(fields, 'netstring', keys.outbound);
      return encoded.ok ? { ...event, bytes: encoded.value } : event;
    },
    sees: () => undefined,
  };
}
