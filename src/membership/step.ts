/**
 * Who is alive: one step of the membership engine (docs/membership.md).
 *
 * Pure: what happens comes as an event with its moment, what is to be done goes as effects in their order.
 */
import { type Instant, after, earlier, elapsed, millis, never } from '../units.ts';
import { advanceHandshake, nextHandshake } from './handshake.ts';
import { dropExpired, nextExpiry } from './holding.ts';
import { excuseAll, judge, nextJudgement } from './liveness.ts';
import { changeNodes } from './node-set.ts';
import { receive } from './receiving.ts';
import {
  catchUp,
  doubtAll,
  nextRenewal,
  renew,
  renewForSilent,
  reserveNext,
  takeReserved,
} from './renewal.ts';
import { nextAsk } from './sequence.ts';
import { sendRegularStatus, sendStatus, setStatus, submit } from './speaking.ts';
import {
  type Membership,
  type Turn,
  announcedDt,
  chain,
  raisedFor,
  report,
  turn,
} from './state.ts';
import type { MembershipEvent, Moment } from './types.ts';
import { requestMissing } from './unnumbered.ts';

/**
 * What becomes of the cluster when `event` happens, and what the shell must then do, in order.
 *
 * Until `start` every other event is passed over: the first message of a life must be a status.
 */
export function stepMembership(state: Membership, event: MembershipEvent, moment: Moment): Turn {
  if (event.kind === 'start') return hasStarted(state) ? turn(state) : start(state, moment);
  if (!hasStarted(state)) return turn(state);
  return chain(
    noticeStall(state, moment),
    (next) => handle(next, event, moment),
    (next) => advanceHandshake(next, moment),
    (next) => turn({ ...next, lastEventAt: moment.now }),
  );
}

/** When the engine wants a `tick`, unless something else happens before; `never` before `start`. */
export function nextDeadline(state: Membership): Instant {
  if (!hasStarted(state)) return never;
  const own = earlier(state.nextStatusAt, earlier(raisedUntil(state), nextHandshake(state)));
  let next = earlier(own, earlier(nextRenewal(state), nextJudgement(state)));
  for (const peer of state.peers.values())
    next = earlier(next, earlier(nextAsk(peer.track), nextExpiry(peer)));
  return next;
}

function handle(
  state: Membership,
  event: Exclude<MembershipEvent, { readonly kind: 'start' }>,
  moment: Moment,
): Turn {
  switch (event.kind) {
    case 'tick':
      return tick(state, moment);
    case 'stirred':
      return turn(state);
    case 'message':
      return receive(state, event, moment);
    case 'restarting':
      return sendStatus({ ...state, restarting: true }, moment);
    case 'generation-reserved':
      return chain(takeReserved(state, event.generation), (next) => catchUp(next, moment));
    case 'change-nodes':
      return changeNodes(state, event.change, moment.now);
    case 'submit':
      return submit(state, event.draft, moment);
  }
}

function hasStarted(state: Membership): boolean {
  return state.startedAt !== never;
}

function raisedUntil(state: Membership): Instant {
  return state.raised ? after(state.startedAt, raisedFor) : never;
}

/** `init` once, then `up` twice, as the C daemon does; everybody's silence counts from now (spec membership 1.1). */
function start(state: Membership, moment: Moment): Turn {
  const { now } = moment;
  const nextStatusAt = after(now, state.settings.keepalive);
  const started: Membership = { ...state, startedAt: now, lastEventAt: now, nextStatusAt };
  return chain(
    sendStatus(excuseAll(started, now), moment),
    (next) => setStatus(next, 'up', moment),
    (next) => sendStatus(next, moment),
    (next) => turn(next, ...reserveNext(next)),
    (next) => advanceHandshake(next, moment),
  );
}

/** Our own life sign comes first, then the judgement of others. */
function tick(state: Membership, moment: Moment): Turn {
  const perPeer = Array.from(state.peers.keys()).flatMap((name) => [
    (next: Membership) => requestMissing(next, name, moment),
    (next: Membership) => turn(dropExpired(next, name, moment.now)),
  ]);
  return chain(
    sendWhatIsDue(state, moment),
    (next) => renewForSilent(next, moment),
    (next) => judge(next, moment.now),
    ...perPeer,
  );
}

function sendWhatIsDue(state: Membership, moment: Moment): Turn {
  const lowers = raisedUntil(state) <= moment.now;
  const current = lowers ? { ...state, raised: false } : state;
  if (current.nextStatusAt <= moment.now) return sendRegularStatus(current, moment);
  return lowers ? sendStatus(current, moment) : turn(state);
}

/** A status on its way may not be heard in time: C may take half a second to look. */
const latency = millis(500);

/**
 * Nothing reached us for long: we were frozen, or the machine was. Longer than the dead time that we announce, and
 * the others have declared us dead; longer than half of it, and a status must go out before anything else. Nobody
 * is judged by the silence of our own sleep (spec membership 11.5).
 */
function noticeStall(state: Membership, moment: Moment): Turn {
  const duration = elapsed(state.lastEventAt, moment.now);
  const dt = announcedDt(state);
  if (duration * 2 <= dt) return turn(state);
  if (duration <= dt) return awakeInTime(state, moment);
  const awake = excuseAll(state, moment.now);
  return chain(
    turn(awake, report({ kind: 'frozen', duration }), { kind: 'frozen', duration }),
    (next) => renew(next, moment),
    (next) => sendRegularStatus(next, moment),
  );
}

/** The others count from our last status, not from our last event: they may have declared us dead all the same. */
function awakeInTime(state: Membership, moment: Moment): Turn {
  const quiet = elapsed(state.nextStatusAt, moment.now) + state.settings.keepalive;
  if (quiet + latency <= announcedDt(state)) return sendRegularStatus(state, moment);
  return chain(doubtAll(state, moment), (next) => sendRegularStatus(next, moment));
}
