/**
 * Our statement of what we hold, said again where the wire may have turned the order round: a C node believes what it
 * heard last, even where that is an older statement that it had to ask for again.
 */
import { after, never, seconds, type Instant } from '../units.ts';
import { announce, isAsAnnounced } from './responsibility.ts';
import { patch, type Resources, type Turn } from './state.ts';

/** By then the repeated message has arrived, however slow its way was. */
const arrival = seconds(1);

/** A node that is there and has not said what it holds is told again what we hold, so often. */
const patience = seconds(3);

/**
 * Says what a stable node holds whenever that has changed, and again while another has said nothing: a C node passes over
 * what it hears before it is active, and waits for ever for a statement that comes after.
 */
export function restate(turn: Turn): Turn {
  const { announced, settings, restateAt } = turn.state;
  if (settings.autoFailback === 'legacy') return turn;
  if (restateAt === undefined && isSomebodySilent(turn.state))
    return restate(patch(turn, { restateAt: after(turn.now, patience) }));
  const said = announced?.stable === true && isAsAnnounced(turn.state);
  return said ? turn : announce(turn, true);
}

const isSomebodySilent = ({ peers }: Resources): boolean =>
  [...peers.values()].some(({ alive, left, hold }) => alive && !left && hold === undefined);

/** A statement, or the question for the others', was sent once more because somebody had lost it. */
export const repeated = (turn: Turn): Turn => patch(turn, { restateAt: after(turn.now, arrival) });

export function tick(turn: Turn): Turn {
  const { restateAt } = turn.state;
  if (restateAt === undefined || turn.now < restateAt) return turn;
  return patch(turn, { restateAt: undefined, announced: undefined });
}

/** When this file wants to be asked again. */
export const wakeAt = (state: Resources): Instant => state.restateAt ?? never;
