/** Who is dead: the judgement of silence (spec membership 2.3, 2.4, 3.1). */
import { type Instant, type Millis, after, earlier, never } from '../units.ts';
import { expectNoAcks } from './acks.ts';
import { isCommUp } from './handshake.ts';
import { dropLinks, excuseLinks, judgeLinks, nextLinkDeath } from './links.ts';
import { highestOf } from './sequence.ts';
import {
  type Membership,
  type Peer,
  type Turn,
  chain,
  peerOf,
  report,
  turn,
  withPeer,
} from './state.ts';
import type { MembershipEffect } from './types.ts';

/** How long a peer may be silent: what it announces itself, not what we have configured; before comm-up initdead. */
function deadLimit(state: Membership, peer: Peer): Millis {
  if (!isCommUp(state)) return state.settings.initdead;
  return peer.life.kind === 'alive' ? peer.life.dt : state.settings.deadtime;
}

/** When the next peer or link is to be judged; `never` when there is nothing to judge. */
export function nextJudgement(state: Membership): Instant {
  return Array.from(state.peers.values()).reduce((at, peer) => {
    const limit = deadLimit(state, peer);
    const death = peer.life.kind === 'dead' ? never : after(peer.life.heardAt, limit);
    return earlier(at, earlier(death, nextLinkDeath(peer.links, limit)));
  }, never);
}

/** Declares dead who has been silent for its dead time, peers before links. */
export function judge(state: Membership, now: Instant): Turn {
  const names = Array.from(state.peers.keys());
  const peers = names.map((name) => (next: Membership) => judgePeer(next, peerOf(next, name), now));
  const links = names.map(
    (name) => (next: Membership) => judgePeerLinks(next, peerOf(next, name), now),
  );
  return chain(turn(state), ...peers, ...links);
}

function judgePeer(state: Membership, peer: Peer, now: Instant): Turn {
  if (peer.life.kind === 'dead') return turn(state);
  return after(peer.life.heardAt, deadLimit(state, peer)) <= now ? die(state, peer) : turn(state);
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

/** A link's change, for the log and for the others. */
export function linkEffects(
  node: Peer['name'],
  link: string,
  status: 'up' | 'dead',
): readonly MembershipEffect[] {
  return [report({ kind: 'link', node, link, status }), { kind: 'link', node, link, status }];
}

/** After a sleep of our own nobody is judged by the silence that was ours. */
export function excuseAll(state: Membership, now: Instant): Membership {
  let next = state;
  for (const { name, life, links } of state.peers.values()) {
    if (life.kind === 'dead') continue;
    next = withPeer(next, name, {
      life: { ...life, heardAt: now },
      links: excuseLinks(links, now),
    });
  }
  return next;
}
