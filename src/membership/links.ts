/** The links of a node: by which media it is heard (spec membership 2.4). */
import { type Instant, type Millis, after, earlier, never } from '../units.ts';

interface Link {
  readonly name: string;
  readonly status: 'up' | 'dead';
  /** When the last packet that counts came over it. */
  readonly heardAt: Instant;
  /** The highest number of the sender's present generation that it carried. */
  readonly carried: number;
}

/** One a medium; there are as many as our own media have names. */
export type Links = readonly Link[];

/** Links that nothing was heard over yet. */
export function silentLinks(names: readonly string[]): Links {
  return [...new Set(names)].map((name) => ({ name, status: 'dead', heardAt: never, carried: 0 }));
}

export interface LinkChange {
  readonly links: Links;
  /** Names of the links whose status has changed. */
  readonly changed: readonly string[];
}

/** A packet that counts came over `name`; `seq` is 0 for unnumbered packets. */
export function hearLink(links: Links, name: string, seq: number, now: Instant): LinkChange {
  const known = links.find((link) => link.name === name);
  const carried = Math.max(known?.carried ?? 0, seq);
  const heard: Link = { name, status: 'up', heardAt: now, carried };
  const others =
    known === undefined
      ? [...links, heard]
      : links.map((link) => (link.name === name ? heard : link));
  return { links: others, changed: known?.status === 'up' ? [] : [name] };
}

/**
 * Whether a doubled or late packet is news for this link: it has carried nothing as new as that.
 *
 * With several media a copy may be overtaken by the next message on a faster medium; the C daemon forgets the
 * slower link then. A replayed packet is not newer than what the link has carried itself.
 */
export function isNewsForLink(links: Links, name: string, seq: number): boolean {
  return seq > (links.find((link) => link.name === name)?.carried ?? 0);
}

/** The links after `limit` without a packet. */
export function judgeLinks(links: Links, limit: Millis, now: Instant): LinkChange {
  const changed = links.filter((link) => link.status === 'up' && after(link.heardAt, limit) <= now);
  if (changed.length === 0) return { links, changed: [] };
  return {
    links: links.map((link) => (changed.includes(link) ? { ...link, status: 'dead' } : link)),
    changed: changed.map((link) => link.name),
  };
}

/** All links of a node that was declared dead. */
export function dropLinks(links: Links): LinkChange {
  const changed = links.filter((link) => link.status === 'up').map((link) => link.name);
  return { links: links.map((link) => ({ ...link, status: 'dead' })), changed };
}

/** When the next link dies unless it is heard; `never` when none is up. */
export function nextLinkDeath(links: Links, limit: Millis): Instant {
  let next = never;
  for (const { status, heardAt } of links)
    if (status === 'up') next = earlier(next, after(heardAt, limit));
  return next;
}

/** A new generation of the sender numbers anew. */
export function renumberLinks(links: Links): Links {
  return links.map((link) => ({ ...link, carried: 0 }));
}

/** Our own sleep is nobody's silence. */
export function excuseLinks(links: Links, now: Instant): Links {
  return links.map((link) => (link.status === 'up' ? { ...link, heardAt: now } : link));
}
