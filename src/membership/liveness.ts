/** Who is dead: the judgement of silence (spec membership 2.3, 2.4, 3.1). */
import { type Instant, type Millis, after, earlier, never, seconds } from '../units.ts';
import { expectNoAcks } from './acks.ts';
import { isCommUp } from './handshake.ts';
import { dropLinks, excuseLinks, judgeLinks, nextLinkDeath } from './links.ts';
import { judgePings } from './ping-nodes.ts';
import { excusePings, nextPingDeath } from './pings.ts';
import { highestOf } from './sequence.ts';
import {
  type Membership,
  type Peer,
  type Turn,
  chain,
  linkEffects,
  peerOf,
  report,
  turn,
  withPeer,
} from './state.ts';

/** `node-late` is said again after this: what was found out on its account grows old. */
const sayLateAgain = seconds(2);

/** How long a peer may be silent: what it announces itself, not what we have configured; before comm-up initdead. */
function deadLimit(state: Membership, peer: Peer): Millis {
  if (!isCommUp(state)) return state.settings.initdead;
  return peer.life.kind === 'alive' ? peer.life.dt : state.settings.deadtime;
}

function pingLimit(state: Membership): Millis {
  const { deadping, deadtime, initdead } = state.settings;
  return isCommUp(state) ? (deadping ?? deadtime) : initdead;
}

/** When the next peer, ping node or link is to be judged; `never` when there is nothing to judge. */
export function nextJudgement(state: Membership): Instant {
  let next = nextPingDeath(state.pings, pingLimit(state));
  for (const peer of state.peers.values()) {
    const limit = deadLimit(state, peer);
    const death = peer.life.kind === 'dead' ? never : after(peer.life.heardAt, limit);
    const own = earlier(death, nextLateness(state, peer));
    next = earlier(next, earlier(own, nextLinkDeath(peer.links, limit)));
  }
  return next;
}

/** Declares dead who has been silent for its dead time, peers before links. */
export function judge(state: Membership, now: Instant): Turn {
  const names = Array.from(state.peers.keys());
  const peers = names.map((name) => (next: Membership) => judgePeer(next, peerOf(next, name), now));
  const links = names.map(
    (name) => (next: Membership) => judgePeerLinks(next, peerOf(next, name), now),
  );
  const late = names.map((name) => (next: Membership) => tellLate(next, peerOf(next, name), now));
  const pings = (next: Membership): Turn => judgePings(next, pingLimit(state), now);
  return chain(turn(state), ...peers, ...late, pings, ...links);
}

function judgePeer(state: Membership, peer: Peer, now: Instant): Turn {
  if (peer.life.kind === 'dead') return turn(state);
  return after(peer.life.heardAt, deadLimit(state, peer)) <= now ? die(state, peer) : turn(state);
}

/** When `node-late` is to be said of a peer, for the first time in this silence or again. */
function nextLateness(state: Membership, { everHeard, life, left, saidLateAt }: Peer): Instant {
  const { tellsLateness, warntime } = state.settings;
  if (tellsLateness !== true || !everHeard || left || life.kind !== 'alive') return never;
  const isNew = saidLateAt === undefined || saidLateAt <= life.heardAt;
  return isNew ? after(life.heardAt, warntime) : after(saidLateAt, sayLateAgain);
}

function tellLate(state: Membership, peer: Peer, now: Instant): Turn {
  if (nextLateness(state, peer) > now) return turn(state);
  const told = withPeer(state, peer.name, { saidLateAt: now });
  return turn(told, { kind: 'node-late', node: peer.name });
}

/** What is known of its generation and numbers outlives the peer, so that replayed packets stay old. */
function die(state: Membership, peer: Peer): Turn {
  const { links, changed } = dropLinks(peer.links);
  const dead = withPeer(state, peer.name, {
    life: { kind: 'dead', heardAt: peer.life.heardAt },
    track: { kind: 'fresh', floor: highestOf(peer.track) },
    links,
    held: undefined,
    ackSent: 0,
  });
  return turn(
    { ...dead, outgoing: expectNoAcks(dead.outgoing, peer.name) },
    report({ kind: 'node-dead', node: peer.name }),
    { kind: 'node-dead', node: peer.name, everHeard: peer.everHeard },
    ...changed.flatMap((link) => linkEffects(peer.name, link, 'dead')),
  );
}

function judgePeerLinks(state: Membership, peer: Peer, now: Instant): Turn {
  const { links, changed } = judgeLinks(peer.links, deadLimit(state, peer), now);
  if (changed.length === 0) return turn(state);
  const effects = changed.flatMap((link) => linkEffects(peer.name, link, 'dead'));
  return turn(withPeer(state, peer.name, { links }), ...effects);
}

/** After a sleep of our own nobody is judged by the silence that was ours. */
export function excuseAll(state: Membership, now: Instant): Membership {
  let next: Membership = { ...state, pings: excusePings(state.pings, now) };
  for (const { name, life, links } of state.peers.values()) {
    if (life.kind === 'dead') continue;
    next = withPeer(next, name, {
      life: { ...life, heardAt: now },
      links: excuseLinks(links, now),
    });
  }
  return next;
}
