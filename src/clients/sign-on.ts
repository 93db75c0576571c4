/** Who may use the client API, and under which name (spec client-api 5). */
import { text, valueOf, type Field } from '../message/messages.ts';
import { fail, succeed, type Result } from '../result.ts';
import type { ClusterFacts } from './facts.ts';

/** Client ids longer than this are refused, in bytes (C libraries keep them in 32 bytes with a NUL). */
export const maxClientIdBytes = 31;

/** Who the kernel says is at the other end of a socket (`SO_PEERCRED`, as of the moment it connected). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Who may sign on under one name: a user **or** a primary group of these. */
export interface AuthEntry {
  readonly uids: readonly number[];
  readonly gids: readonly number[];
}

/** Entries by client name; `anon` is for casual clients, `default` for names without an entry. */
export type AuthTable = ReadonlyMap<string, AuthEntry>;

/** A client that signed on. */
export interface SignedOn {
  readonly id: string;
  readonly pid: number;
  /** Casual clients may ask and listen; named ones may also send to the cluster. */
  readonly kind: 'casual' | 'named';
  /** The kernel confirmed pid, uid and gid; else nothing that the client says of itself may be believed. */
  readonly verified: boolean;
  /** Signed on as root or as the daemon's own user, and verified. */
  readonly privileged: boolean;
  /** `client_gen`: counts the attempts to sign on, from 0. */
  readonly generation: number;
}

/** What a sign-on is judged by. */
export interface Door {
  /** Undefined where this machine cannot tell who connects. */
  readonly peer: PeerCredentials | undefined;
  readonly auth: AuthTable;
  /** The daemon's own effective user. */
  readonly ownUid: number;
  readonly generation: number;
  isProcess(pid: number): boolean;
  isTaken(id: string): boolean;
}

/** What a request to sign on says of the client, not yet believed. */
interface Claim {
  readonly pid: number;
  readonly id: string;
  readonly kind: 'casual' | 'named';
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** True for the first frame that a client must send. */
export function isSignOn(fields: readonly Field[]): boolean {
  return valueOf(fields, 't') === 'hbapi-req' && valueOf(fields, 'reqtype') === 'signon';
}

/** The id a client claims, as far as it is fit to be shown, and what kind of client it would be. */
export function claimOf(fields: readonly Field[]): Claim {
  const pid = leadingNumber(valueOf(fields, 'pid') ?? '');
  const id = valueOf(fields, 'from_id') ?? String(pid);
  return {
    pid,
    id,
    kind: leadingNumber(id) === pid ? 'casual' : 'named',
    uid: wholeNumber(valueOf(fields, 'uid')),
    gid: wholeNumber(valueOf(fields, 'gid')),
  };
}

/**
 * The client that these fields sign on, or why not, in the words C clients show. The checks and their order are those of
 * spec client-api 5.2; where the kernel does not say who connects, named clients are refused, and casual ones are let in,
 * for then the mode of the socket's directory is the guard.
 */
export function judgeSignOn(fields: readonly Field[], door: Door): Result<SignedOn, string> {
  const claim = claimOf(fields);
  const refusal = refusalOf(claim, door);
  if (refusal !== undefined) return fail(refusal);
  const verified = door.peer !== undefined;
  return succeed({
    id: claim.id,
    pid: claim.pid,
    kind: claim.kind,
    verified,
    privileged: verified && (claim.uid === 0 || claim.uid === door.ownUid),
    generation: door.generation,
  });
}

function refusalOf(claim: Claim, door: Door): string | undefined {
  if (claim.pid <= 0 || !door.isProcess(claim.pid)) return 'bad pid';
  if (claim.id.length > maxClientIdBytes) return 'client id too long';
  if (door.isTaken(claim.id)) return 'duplicate add request';
  if (claim.uid === undefined || claim.gid === undefined) return 'invalid id info';
  if (door.peer === undefined) return withoutCredentials(claim);
  if (claim.uid !== door.peer.uid || claim.gid !== door.peer.gid) {
    return 'incorrect/false credentials';
  }
  return unauthorized(claim, door.peer, door.auth);
}

function withoutCredentials(claim: Claim): string | undefined {
  return claim.kind === 'casual' ? undefined : 'peer credentials unavailable: casual clients only';
}

function unauthorized(claim: Claim, peer: PeerCredentials, auth: AuthTable): string | undefined {
  const entry =
    claim.kind === 'casual' ? auth.get('anon') : (auth.get(claim.id) ?? auth.get('default'));
  if (entry === undefined) {
    return claim.kind === 'casual' ? 'apiauth anon missing' : 'no default client auth';
  }
  if (!entry.uids.includes(peer.uid) && !entry.gids.includes(peer.gid)) {
    return 'client failed authorization';
  }
  return claim.pid === peer.pid ? undefined : 'pid mismatch';
}

/** The reply to a sign-on; `refusal` is absent when it succeeded. C clients need the times in a refusal too. */
export function signOnReply(facts: ClusterFacts, refusal?: string): readonly Field[] {
  return [
    text('t', 'hbapi-resp'),
    text('reqtype', 'signon'),
    ...(refusal === undefined ? [] : [text('info', refusal)]),
    text('result', refusal === undefined ? 'OK' : 'badreq'),
    text('deadtime', facts.deadtime.toString(16)),
    text('keepalive', facts.keepalive.toString(16)),
    text('node', facts.self),
    text('hbversion', facts.version),
    text('pacemaker', facts.parameter('pacemaker') ?? 'false'),
    text('logfacility', String(facts.logfacility)),
  ];
}

/** As C's `atoi`: the number at the start, 0 when there is none. A client whose id begins with its pid is casual. */
function leadingNumber(value: string): number {
  const digits = /^\s*[+-]?\d{1,10}/.exec(value);
  return digits === null ? 0 : Number(digits[0]);
}

function wholeNumber(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : undefined;
}
