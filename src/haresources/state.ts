/** The state of the resource engine, and the turn that carries it and its effects through one event. */
import type { ResourceGroup } from '../config/settings.ts';
import type { Draft, Hold } from '../message/messages.ts';
import { never, type Instant, type Millis, type NodeName } from '../units.ts';
import { ownersBy, type FileView, type PeerFile, viewOf } from './file-view.ts';
import type { ResourceReport } from './reports.ts';
import type { Action, JobId, ResourceEffect, ResourceSettings } from './types.ts';

/** What is known of one member while its group is being started. */
export type Seen = 'asked' | 'running' | 'stopped';

/** How far the stopping of a group has come, from the right. */
export interface StopStep {
  readonly at: number;
  readonly tries: number;
  /** Members left of this index were started here or seen running. */
  readonly ranUpTo: number;
  /** The group is stopped because a start failed. */
  readonly gaveUp: boolean;
  /** An earlier heartbeat had left it running. */
  readonly leftOver: boolean;
  /** It could not be stopped before: this is another try. */
  readonly hadFailed: boolean;
  /** Members whose status has said that they do not run: their stop is not insisted on. */
  readonly down: ReadonlySet<number>;
  /** Only the members from this one on are stopped, to be started again. */
  readonly restartFrom: number | undefined;
  /** Members left of this index stay up: a reload has changed what follows them. */
  readonly keep: number;
}

/** The life of one group on this node; `at` is the index of the member that is being worked on. */
export type GroupRun =
  /** Nobody has looked since this daemon started. */
  | { readonly kind: 'unknown' }
  /** Looking for what an earlier heartbeat may have left behind. */
  | {
      readonly kind: 'looking';
      readonly checks: ReadonlyMap<JobId, number>;
      readonly running: ReadonlySet<number>;
    }
  /** An earlier heartbeat left it running, in whole or from the left; nobody has decided what shall become of it. */
  | { readonly kind: 'found' }
  | { readonly kind: 'stopped' }
  /** Status of all members is asked at once; members are started strictly from the left. */
  | {
      readonly kind: 'starting';
      readonly checks: ReadonlyMap<JobId, number>;
      readonly seen: readonly Seen[];
      readonly at: number;
      readonly job: JobId | undefined;
      /** Members left of this index were up before a reload brought the others: they stay up without them. */
      readonly keep: number;
    }
  | { readonly kind: 'running' }
  | {
      readonly kind: 'stopping';
      readonly job: JobId;
      readonly step: StopStep;
    }
  | { readonly kind: 'pausing'; readonly until: Instant; readonly step: StopStep }
  | { readonly kind: 'verifying'; readonly job: JobId; readonly step: StopStep }
  /** A member could not be started; everything was stopped again. */
  | { readonly kind: 'failed' }
  /** A member could not be stopped: it may still run, so it is still held. */
  | { readonly kind: 'stop-failed'; readonly at: number };

/** What the network said of its addresses while a node was late, ahead of any takeover. */
interface EarlyProbe {
  readonly askedAt: Instant;
  /** Not answered yet. */
  readonly jobs: ReadonlySet<JobId>;
  readonly isSilent: boolean;
  /** When the last question was asked to which there was no answer; undefined since there was one. */
  readonly silentAt: Instant | undefined;
}

/** Its address is asked for on the network before it is started. */
type AddressProbe =
  | {
      readonly kind: 'asking';
      readonly jobs: ReadonlySet<JobId>;
      /** Somebody answered for one of its addresses. */
      readonly answered: boolean;
      /** Nobody did for any, and it could be asked for each. */
      readonly isSilent: boolean;
      /** An earlier probe has not found silence. */
      readonly again: boolean;
    }
  | { readonly kind: 'waiting'; readonly until: Instant }
  /** A living node has it in haresources for another owner (disputed.ts). */
  | { readonly kind: 'disputed' };

/** A member that runs no more. */
interface Down {
  readonly why: string;
  /** Its status has said so; else it gave no answer, or failed. */
  readonly isStopped: boolean;
  /** When it is started again here; never: it is left as it is. */
  readonly restartAt: Instant;
  /** It has failed so often that the other node is to take it. */
  readonly isDueElsewhere: boolean;
}

/** What watching one member has found (monitor.ts). */
export interface Watched {
  /** Its status is asked then; never while it is being asked, or not watched. */
  readonly askAt: Instant;
  readonly job: JobId | undefined;
  /** Since when it has been up, as far as is known. */
  readonly upSince: Instant;
  /** How often it has failed, as far as that still counts. */
  readonly failures: number;
  /** Undefined while it runs, as far as is known. */
  readonly down: Down | undefined;
  /** Its status could not be asked; that was said. */
  readonly isUnknown: boolean;
}

/** What watching a group has found. */
export interface Watch {
  /** Since when it is up and watched; undefined while it is not. */
  readonly since: Instant | undefined;
  /** In the order of the group. */
  readonly members: readonly Watched[];
  /** The members from this one on are being stopped and started again. */
  readonly restarting: number | undefined;
  /** The other node is being asked to take it, because it does not stay up here. */
  readonly isOffered: boolean;
  /** It was given away for that, and has not been well here since. */
  readonly hasMoved: boolean;
  /** How often in the life of this daemon, for people. */
  readonly failed: number;
  readonly restarted: number;
  readonly moved: number;
}

/** What a reload makes of a group that could not be changed at once. */
export type Becoming =
  | { readonly kind: 'changed'; readonly group: ResourceGroup }
  /** The file does not have it any more: forgotten when it is down. */
  | { readonly kind: 'removed' };

export interface GroupState {
  /** As it runs, or is to be run, here. */
  readonly group: ResourceGroup;
  /** What the file says of it since a reload, as long as something of what it was may run. */
  readonly becomes: Becoming | undefined;
  /** Whether this node should run it. */
  readonly wanted: boolean;
  readonly run: GroupRun;
  /** `[address] probe`; undefined: it may be started. */
  readonly probe: AddressProbe | undefined;
  readonly early: EarlyProbe | undefined;
  /** It was said that a living node has it for another owner. */
  readonly isDisputed: boolean;
  /** Its start failed here since an operator or a death last changed the situation. */
  readonly failedHere: boolean;
  /** When its start failed here last, and how often since somebody wanted it here. */
  readonly failedAt: Instant | undefined;
  readonly failures: number;
  /** Its start had failed on the node that gave it to us, so a failure here is not handed back. */
  readonly failedThere: boolean;
  /** When it was given away because it did not start here. */
  readonly handedOverAt: Instant | undefined;
  readonly watch: Watch;
}

export interface Peer {
  /** Not dead as far as membership knows. */
  readonly alive: boolean;
  /** Added while this node runs, and never heard. */
  readonly added: boolean;
  /** It has said `shutdone` in this life. */
  readonly left: boolean;
  /** Its last full statement; undefined: it has made none since it (re)started or returned. */
  readonly hold: Hold | undefined;
  /** The same node by node, from a node of this implementation; undefined from a C node, and before it has spoken. */
  readonly owners: readonly NodeName[] | undefined;
  /** What it has said of its haresources; undefined from a C node, and before it has spoken. */
  readonly file: PeerFile | undefined;
  /** Whether its statements are those of this implementation; undefined before it has made one. */
  readonly isOurs: boolean | undefined;
  /** It has declared this node dead, and may not even hear it. */
  readonly hasSentencedUs: boolean;
  /** A C node that has seen us return restarts itself: until then it claims things which it is going to leave to us. */
  readonly restartsBy: Instant | undefined;
  readonly stable: boolean;
  /** It is stopping what it no longer claims: should it die now, something of that may still run (C nodes only). */
  readonly lettingGo: boolean;
  /** During a standby it has said that it holds what we hold, and nothing has come of that yet. */
  readonly unheeded: boolean;
  /** It is silent and may still run what it held: until it is cleared or speaks, nothing of that is taken. */
  readonly uncleared: boolean;
  /** Whom it has declared dead in this life, ourselves perhaps included. */
  readonly buried: readonly NodeName[];
  /** Of what it claims: the owners whose groups are ours all the same, as long as we hold them. */
  readonly mistaken: readonly NodeName[];
  /** The sequence number of its last statement in this generation. */
  readonly saidAt: number | undefined;
  /** It is back, but gets nothing by itself before then (`[failback] hold`); undefined when that is over. */
  readonly heldUntil: Instant | undefined;
  /** When it died, as far as that counts for `[failback] limit`. */
  readonly deaths: readonly Instant[];
  /** It died too often: it gets nothing by itself until an operator says so. */
  readonly isFlapping: boolean;
  /** It was said that its groups stay here for now. */
  readonly isHeldTold: boolean;
}

/** What the taker has answered the giver's message number `asked`; `hold` is in the giver's terms. */
export interface Promised {
  readonly kind: 'promised';
  readonly hold: Hold;
  readonly giver: NodeName;
  readonly asked: number | undefined;
  /** Whose groups the giver said it held when it asked: the others have failed there. */
  readonly held: readonly NodeName[];
  /** The giver has begun. */
  readonly confirmed: boolean;
  readonly until: Instant;
}

type Standby =
  | { readonly kind: 'none' }
  /** We asked; nobody has answered. */
  | { readonly kind: 'asking'; readonly hold: Hold; readonly until: Instant }
  /** Our stop scripts run. `held` is what of it we held: no more than that is taken back. */
  | {
      readonly kind: 'releasing';
      readonly hold: Hold;
      readonly taker: NodeName;
      readonly held: readonly NodeName[];
    }
  | {
      readonly kind: 'released';
      readonly hold: Hold;
      readonly taker: NodeName;
      readonly until: Instant;
    }
  | Promised
  | { readonly kind: 'acquiring'; readonly hold: Hold; readonly giver: NodeName };

type Phase =
  | { readonly kind: 'init' }
  /** Active; the others have been asked what they hold. */
  | {
      readonly kind: 'starting';
      readonly since: Instant;
      readonly askAgainAt: Instant;
      readonly asked: number;
      /** Somebody wants to know what we hold, and we are still looking. */
      readonly answerDue: boolean;
    }
  | { readonly kind: 'stable' }
  /** Frozen for too long: everything is being released, then the others are asked. */
  | {
      readonly kind: 'yielding';
      readonly retryAt: Instant;
      /** When what had queued up has been read; undefined once that is so. */
      readonly readAt: Instant | undefined;
    }
  | { readonly kind: 'leaving'; readonly retryAt: Instant }
  | { readonly kind: 'left' };

/** A partition has healed, or both nodes claim the same: who keeps what is being settled. */
export interface Settling {
  readonly node: NodeName;
  /** Without a word from the other side until then, we give back what we took over. */
  readonly until: Instant;
  /** Our word was said again after the other side's first: it may not have heard us before. */
  readonly repeated: boolean;
  /** It has been asked what it holds, and nothing was said of what we hold. */
  readonly asked: boolean;
}

/** Both had their time to give, and the other side still claims groups of this very node. */
interface Contest {
  readonly node: NodeName;
  /** If it then says that this is stable, it gets them. */
  readonly until: Instant;
}

/** What is being done about our local groups that nobody claims. */
type Orphans =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly until: Instant }
  /** Their addresses are being asked for on the network; `answered` when somebody did. */
  | { readonly kind: 'probing'; readonly jobs: ReadonlySet<JobId>; readonly answered: boolean };

/** legacy: a group that was asked for with ip-request. */
interface Request {
  readonly askAgainAt: Instant;
  /** Who has said since that it does not run there. */
  readonly denied: readonly NodeName[];
}

/** legacy: a group that was asked for, and is being stopped or looked for. */
interface Owed {
  readonly to: NodeName;
  /** It ran here. */
  readonly ran: boolean;
}

export interface Resources {
  readonly settings: ResourceSettings;
  readonly phase: Phase;
  /** In the order of haresources; what a reload has removed and may still run comes last. */
  readonly groups: readonly GroupState[];
  /** What the file in force looks like to the others. */
  readonly file: FileView;
  /** Pairs of owner and resource that came with a reload, and that not every living node is known to have. */
  readonly fresh: ReadonlySet<string>;
  /** By the text of a resource: whom the file gave it to that had it last, in the life of this daemon. */
  readonly lastOwners: ReadonlyMap<string, readonly NodeName[]>;
  /** haresources as it was read again, until nothing is in flux. */
  readonly newFile: readonly ResourceGroup[] | undefined;
  /** Keys of groups that wait because of the others' files, as the log has been told. */
  readonly waiting: ReadonlySet<string>;
  readonly peers: ReadonlyMap<NodeName, Peer>;
  /** Nodes whose groups this node is responsible for, itself included when it holds its own. */
  readonly owners: ReadonlySet<NodeName>;
  /** Of these, the ones taken over from a node that had died with them. */
  readonly takenOver: ReadonlySet<NodeName>;
  readonly standby: Standby;
  /** A promise whose giver did not begin in time, as far as was heard: should it end all the same, we take what it gives. */
  readonly lapsed: Promised | undefined;
  readonly settling: Settling | undefined;
  /** Too few nodes are here to decide for all: nothing is taken (spec membership 11.3). */
  readonly withoutQuorum: 'freeze' | 'stop' | undefined;
  readonly contest: Contest | undefined;
  /** auto_failback is due when the other node is back and stable. */
  readonly failbackDue: boolean;
  /** A failback that found no answer is not tried again before then. */
  readonly failbackPause: Instant | undefined;
  /** Keys of groups left to a C node: it does not announce their addresses, which it has had all the time. */
  readonly leftToC: ReadonlySet<string>;
  /** What was last said about our hold, and whether we said that it is stable. */
  readonly announced:
    | {
        readonly owners: string;
        readonly stable: boolean;
        readonly file: string;
        readonly heard: string;
      }
    | undefined;
  /** When to say it again, because an older statement was sent once more. */
  readonly restateAt: Instant | undefined;
  readonly orphans: Orphans;
  /** Takeovers whose groups are not all up yet, for the log. */
  readonly takeovers: readonly NodeName[];
  readonly localPending: boolean;
  readonly initialDone: boolean;
  /** `on_heal = restart`: a partition has healed, and this node gives up everything then, to begin anew. */
  readonly restartAt: Instant | undefined;
  /** It leaves in order to begin anew. */
  readonly beginsAnew: boolean;
  /** This node was frozen before it became active. */
  readonly hasSlept: boolean;
  /** legacy: keys asked for with ip-request, and when to ask again. */
  readonly requests: ReadonlyMap<string, Request>;
  /** legacy: nodes waiting for a group that we are stopping. */
  readonly promises: ReadonlyMap<string, Owed>;
  readonly nextJob: JobId;
}

/** One event on its way: the state so far, the effects so far, and the time. */
export interface Turn {
  readonly state: Resources;
  readonly effects: readonly ResourceEffect[];
  readonly now: Instant;
}

/** What outlasts the lives of a peer. */
type Lasting = 'alive' | 'added' | 'unheeded' | 'uncleared' | keyof typeof trusted;

const trusted: Pick<Peer, 'heldUntil' | 'deaths' | 'isFlapping' | 'isHeldTold'> = {
  heldUntil: undefined,
  deaths: [],
  isFlapping: false,
  isHeldTold: false,
};

/** A life of a peer in which it has said nothing yet. */
export const nothingSaid: Omit<Peer, Lasting> = {
  left: false,
  hold: undefined,
  owners: undefined,
  file: undefined,
  isOurs: undefined,
  hasSentencedUs: false,
  restartsBy: undefined,
  stable: false,
  lettingGo: false,
  buried: [],
  mistaken: [],
  saidAt: undefined,
};

/** A peer of which nothing is known yet. */
export const newPeer: Peer = {
  ...nothingSaid,
  alive: true,
  added: false,
  unheeded: false,
  uncleared: false,
  ...trusted,
};

const unwatched: Watched = {
  askAt: never,
  job: undefined,
  upSince: never,
  failures: 0,
  down: undefined,
  isUnknown: false,
};

/** Nothing has been found of a group. */
export const newWatch = ({ resources }: ResourceGroup): Watch => ({
  since: undefined,
  members: resources.map(() => unwatched),
  restarting: undefined,
  isOffered: false,
  hasMoved: false,
  failed: 0,
  restarted: 0,
  moved: 0,
});

/** A group at which nobody has looked yet. */
export const newGroup = (group: ResourceGroup, wanted: boolean): GroupState => ({
  group,
  becomes: undefined,
  isDisputed: false,
  wanted,
  run: { kind: 'unknown' },
  probe: undefined,
  early: undefined,
  failedHere: false,
  failedAt: undefined,
  failures: 0,
  failedThere: false,
  handedOverAt: undefined,
  watch: newWatch(group),
});

export function createResources(settings: ResourceSettings): Resources {
  const others = settings.nodes.filter((node) => node !== settings.self);
  const { kept } = settings;
  const owners = new Set((kept?.owners ?? []).filter((node) => settings.nodes.includes(node)));
  return {
    settings,
    phase: { kind: 'init' },
    groups: settings.groups.map((group) => newGroup(group, owners.has(group.owner))),
    file: viewOf(settings.groups),
    fresh: new Set(),
    lastOwners: ownersBy(settings.groups),
    newFile: undefined,
    waiting: new Set(),
    peers: new Map(others.map((node) => [node, newPeer])),
    owners,
    takenOver: new Set(kept?.takenOver.filter((node) => owners.has(node))),
    standby: { kind: 'none' },
    lapsed: undefined,
    settling: undefined,
    withoutQuorum: undefined,
    contest: undefined,
    failbackDue: kept?.failbackDue ?? false,
    failbackPause: undefined,
    leftToC: new Set(),
    restateAt: undefined,
    announced: undefined,
    orphans: { kind: 'none' },
    takeovers: [],
    localPending: false,
    initialDone: false,
    restartAt: undefined,
    beginsAnew: false,
    hasSlept: false,
    requests: new Map(),
    promises: new Map(),
    nextJob: 1,
  };
}

export const patch = (turn: Turn, change: Partial<Resources>): Turn => ({
  ...turn,
  state: { ...turn.state, ...change },
});

export const emit = (turn: Turn, ...effects: readonly ResourceEffect[]): Turn => ({
  ...turn,
  effects: [...turn.effects, ...effects],
});

export const report = (turn: Turn, ...reports: readonly ResourceReport[]): Turn =>
  emit(turn, ...reports.map((one): ResourceEffect => ({ kind: 'report', report: one })));

export const send = (turn: Turn, draft: Draft): Turn => emit(turn, { kind: 'send', draft });

export function patchGroup(turn: Turn, key: string, change: Partial<GroupState>): Turn {
  const groups = turn.state.groups.map((one) =>
    one.group.key === key ? { ...one, ...change } : one,
  );
  return patch(turn, { groups });
}

export function patchPeer(turn: Turn, node: NodeName, change: Partial<Peer>): Turn {
  const known = turn.state.peers.get(node);
  if (known === undefined) return turn;
  return patch(turn, { peers: new Map(turn.state.peers).set(node, { ...known, ...change }) });
}

interface Begun {
  readonly turn: Turn;
  readonly id: JobId;
}

/** Begins one call of an agent; the id of the call is what comes back with its outcome. */
export const runJob = (turn: Turn, group: ResourceGroup, at: number, action: Action): Begun =>
  begin(turn, group, at, { action });

/** Asks for the status of a member that runs; undefined: within the agent's usual limit. */
export const askStatus = (
  turn: Turn,
  group: ResourceGroup,
  at: number,
  limit: Millis | undefined,
): Begun => begin(turn, group, at, { action: 'status', ...(limit && { limit }) });

function begin(
  turn: Turn,
  group: ResourceGroup,
  at: number,
  how: { readonly action: Action; readonly limit?: Millis },
): Begun {
  const id = turn.state.nextJob;
  const resource = group.resources[at];
  if (resource === undefined) throw new Error(`no member ${String(at)} in group ${group.key}`);
  const job = { id, group: group.key, resource, ...how };
  return { turn: emit(patch(turn, { nextJob: id + 1 }), { kind: 'run', job }), id };
}
