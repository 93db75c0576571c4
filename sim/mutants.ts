/** Bugs put in on purpose, from outside, around a daemon: the judges must find each of them. */
import { decodeDatagram, type VerifyingKeys } from '../src/message/decode.ts';
import { encodeDatagram } from '../src/message/encode.ts';
import { text, valueOf, type Field } from '../src/message/messages.ts';
import type { Daemon } from './daemon.ts';

export type Mutant =
  /** A silent node is taken for reset before the device has done anything. */
  | 'fence-ignored'
  /** Whatever became of a stop, it counts as done. */
  | 'failed-stop-forgotten'
  /** A lower generation of a peer is taken for a restart, as a higher one is. */
  | 'old-generation-accepted';

export const mutants: readonly Mutant[] = [
  'fence-ignored',
  'failed-stop-forgotten',
  'old-generation-accepted',
];

export const isMutant = (word: string): word is Mutant => mutants.some((mutant) => mutant === word);

type Step = Daemon['step'];

/** The daemon with that bug. */
export function mutated(daemon: Daemon, mutant: Mutant, keys: VerifyingKeys): Daemon {
  const sound: Step = (event, moment) => daemon.step(event, moment);
  return {
    kind: daemon.kind,
    step: bugged(sound, mutant, keys),
    nextDeadline: () => daemon.nextDeadline(),
    holding: () => daemon.holding(),
    statusOf: (node) => daemon.statusOf(node),
    belief: (group) => daemon.belief(group),
  };
}

function bugged(sound: Step, mutant: Mutant, keys: VerifyingKeys): Step {
  switch (mutant) {
    case 'fence-ignored':
      return ignoringFences(sound);
    case 'failed-stop-forgotten':
      return forgettingFailedStops(sound);
    case 'old-generation-accepted':
      return acceptingOldGenerations(sound, keys);
  }
}

const ignoringFences =
  (sound: Step): Step =>
  (event, moment) =>
    sound(event, moment).flatMap((effect) =>
      effect.kind === 'fence'
        ? sound({ kind: 'fenced', attempt: effect.attempt, outcome: { kind: 'ok' } }, moment)
        : [effect],
    );

function forgettingFailedStops(sound: Step): Step {
  const stops = new Set<number>();
  return (event, moment) => {
    const isStop = event.kind === 'ran' && stops.has(event.job);
    const effects = sound(isStop ? { ...event, outcome: { kind: 'done' } } : event, moment);
    for (const effect of effects)
      if (effect.kind === 'run' && effect.job.action === 'stop') stops.add(effect.job.id);
    return effects;
  };
}

/** Every change of a peer's generation comes in as a higher one. */
function acceptingOldGenerations(sound: Step, keys: VerifyingKeys): Step {
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
  return (event, moment) => {
    if (event.kind !== 'datagram') return sound(event, moment);
    const decoded = decodeDatagram(event.bytes, keys);
    if (!decoded.ok) return sound(event, moment);
    const hg = taken(decoded.value.fields);
    const fields = decoded.value.fields
      .filter(({ name }) => name !== 'auth')
      .map((field) => (field.name === 'hg' ? text('hg', hg) : field));
    const encoded = encodeDatagram(fields, 'netstring', keys.outbound);
    return sound(encoded.ok ? { ...event, bytes: encoded.value } : event, moment);
  };
}
