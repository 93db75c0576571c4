/**
 * Who holds what, as a C node sees it: modelled from what heartbeat 3.0.6 was observed to do (spec resources 5 and 6),
 * its weaknesses included: it claims before it starts, lets go before it stops, and settles no conflict.
 */
import type { ResourceGroup } from '../src/config/settings.ts';
import {
  askResourcesDraft,
  resourceDraft,
  shutdoneDraft,
  startingDraft,
  stonithDraft,
} from '../src/message/drafts.ts';
import type { Body, Draft, Hold } from '../src/message/messages.ts';
import type { NodeName } from '../src/units.ts';
import { give, take, type Child } from './c-scripts.ts';

type ResourceBody = Extract<Body, { readonly t: 'resource' }>;
type AskBody = Extract<Body, { readonly t: 'ask_resources' }>;

/** What the engine asks of its daemon. */
export interface CHouse {
  readonly now: () => number;
  readonly send: (draft: Draft) => void;
  /** Runs it after what runs already; `then` when it has ended. */
  readonly fork: (child: Child, then: () => void) => void;
  readonly isIdle: () => boolean;
  /** Everything is released, and the other node knows. */
  readonly left: () => void;
}

export interface CSettings {
  readonly self: NodeName;
  readonly groups: readonly ResourceGroup[];
  readonly failsBack: boolean;
}

interface Held {
  local: boolean;
  foreign: boolean;
}

type State = 'init' | 'starting' | 'both-starting' | 'rsc-rcvd' | 'stable' | 'shutdown';
type Standby = 'not' | 'me' | 'other' | 'done';

/** Of nobody being stable (spec resources 5). */
const politeness = 10_000;
const hour = 3_600_000;

const heldOf = (hold: Hold): Held => ({
  local: hold === 'all' || hold === 'local',
  foreign: hold === 'all' || hold === 'foreign',
});
const holdOf = ({ local, foreign }: Held): Hold => {
  if (local) return foreign ? 'all' : 'local';
  return foreign ? 'foreign' : 'none';
};
const mirrored = ({ local, foreign }: Held): Held => ({ local: foreign, foreign: local });
const nobody = (): Held => ({ local: false, foreign: false });

export class CResources {
  readonly #settings: CSettings;
  readonly #house: CHouse;
  #state: State = 'init';
  #mine = nobody();
  #theirs = nobody();
  #theirStable = false;
  #isHeard = false;
  #failbackDue = false;
  #isTakingOver = false;
  #stableAt = Infinity;
  #failbackAt = Infinity;
  #standby: { state: Standby; hold: Hold; until: number } = {
    state: 'not',
    hold: 'all',
    until: Infinity,
  };
  #stopWanted = false;

  constructor(settings: CSettings, house: CHouse) {
    this.#settings = settings;
    this.#house = house;
  }

  /** What `cl_status rscstatus` says. */
  holding(): Hold | 'transition' {
    return this.#isAtRest() ? holdOf(this.#mine) : 'transition';
  }

  nextDeadline(): number {
    const standbyEnds = this.#standby.state === 'not' ? Infinity : this.#standby.until;
    return Math.min(this.#stableAt, this.#failbackAt, standbyEnds);
  }

  /** The daemon is active; `dead` are the nodes that were never heard. */
  active(dead: readonly NodeName[]): void {
    if (this.#state !== 'init') return;
    this.#state = 'starting';
    this.#house.send(startingDraft());
    for (const node of dead) this.peerDied(node);
  }

  /** A packet of the other node: it has been seen since its last death. */
  seen(): void {
    this.#isHeard = true;
  }

  heard(body: Body): void {
    if (body.t === 'starting') this.#peerStarts();
    if (body.t === 'resource') this.#peerSays(body);
    if (body.t === 'ask_resources') this.#asked(body, 'peer');
    if (body.t === 'shutdone') this.#peerLeft();
    if (body.t === 'hb_takeover')
      this.standby(holdOf(mirrored(heldOf(body.hold === 'failback' ? 'all' : body.hold))));
  }

  standby(hold: Hold): void {
    this.#house.send(askResourcesDraft(hold, 'me'));
    this.#asked({ t: 'ask_resources', hold, info: 'me' }, 'self');
  }

  peerDied(node: NodeName): void {
    if (this.#standby.state !== 'not') this.#endStandby();
    if (this.#state === 'shutdown' || this.#state === 'init') return;
    this.#failbackDue = true;
    const gaveUp = this.#isHeard && holdOf(this.#theirs) === 'none';
    this.#isHeard = false;
    this.#house.send(stonithDraft(node, gaveUp ? 'unneeded' : 'n_stnth'));
    if (gaveUp && holdOf(this.#mine) === 'all') this.#theirStable = true;
    else this.#takeOver();
  }

  stop(): void {
    this.#stopWanted = true;
    this.#beginStop();
  }

  /** Time has passed, or something has ended. */
  tick(): void {
    const now = this.#house.now();
    if (now >= this.#stableAt) this.#politenessEnds();
    if (this.#standby.state !== 'not' && now >= this.#standby.until) {
      this.#theirStable = true;
      this.#standby = { ...this.#standby, state: 'not' };
    }
    if (now >= this.#failbackAt) this.#checkFailback();
    this.#beginStop();
  }

  #isAtRest(): boolean {
    return (
      this.#state === 'stable' &&
      this.#theirStable &&
      this.#standby.state === 'not' &&
      !this.#isTakingOver &&
      this.#house.isIdle()
    );
  }

  #announce(isStable: boolean, info?: string): void {
    const statement = { hold: holdOf(this.#mine), stable: isStable };
    this.#house.send(resourceDraft(info === undefined ? statement : { ...statement, info }));
    if (info === 'shutdown') this.#state = 'shutdown';
    this.#received();
  }

  /** Any statement, our own as well, starts the ten seconds. */
  #received(): void {
    if (this.#state !== 'starting' && this.#state !== 'both-starting') return;
    this.#state = 'rsc-rcvd';
    this.#stableAt = Math.min(this.#stableAt, this.#house.now() + politeness);
  }

  #peerStarts(): void {
    if (this.#state === 'init' || this.#state === 'both-starting') return;
    this.#theirStable = false;
    this.#announce(this.#state === 'stable');
  }

  #peerSays(body: ResourceBody): void {
    if (this.#state === 'init') return;
    const said = heldOf(body.hold);
    const before = body.full || body.hold === 'none' ? nobody() : this.#theirs;
    this.#theirs = {
      local: before.local || said.local,
      foreign: before.foreign || said.foreign,
    };
    this.#received();
    if (body.isstable === false) this.#theirStable = false;
    if (body.isstable === true && !this.#theirStable) {
      this.#theirStable = true;
      this.#announce(this.#state === 'stable');
      this.#checkFailback();
    }
    if (this.#theirStable && this.#state !== 'stable' && this.#state !== 'shutdown')
      this.#becomeStable();
  }

  #politenessEnds(): void {
    this.#stableAt = Infinity;
    if (this.#state === 'rsc-rcvd') this.#becomeStable();
  }

  #becomeStable(): void {
    this.#stableAt = Infinity;
    this.#acquireLocal(false);
    this.#state = 'stable';
    this.#announce(true);
    this.#checkFailback();
  }

  #acquireLocal(isForced: boolean): void {
    const isElsewhere = this.#theirs.foreign || this.#mine.local;
    if (this.#state === 'shutdown') return;
    if (!isForced && isElsewhere && this.#standby.state === 'not') return;
    this.#mine.local = true;
    this.#announce(true, 'req_our_resources()');
    this.#house.fork(take(this.#groupsOf({ local: true, foreign: false })), () => undefined);
  }

  #takeOver(): void {
    this.#mine.foreign = true;
    this.#theirs = nobody();
    this.#theirStable = true;
    this.#isTakingOver = true;
    this.#house.fork(take(this.#groupsOf({ local: false, foreign: true })), () => {
      this.#isTakingOver = false;
      this.#failbackDue = true;
      this.#received();
      if (this.#state !== 'shutdown') this.#announce(this.#state === 'stable', 'mach_down');
    });
    this.#acquireLocal(true);
  }

  #peerLeft(): void {
    this.#theirs = nobody();
    if (this.#state === 'shutdown' || this.#state === 'init') return;
    if (this.#standby.state !== 'not') this.#endStandby();
    this.#takeOver();
  }

  #checkFailback(): void {
    this.#failbackAt = Infinity;
    const { failsBack } = this.#settings;
    if (this.#state === 'shutdown' || !this.#mine.foreign || !failsBack || !this.#failbackDue) {
      this.#failbackDue = false;
      return;
    }
    const isCalm = this.#standby.state === 'not' && this.#theirStable && this.#state === 'stable';
    if (!isCalm) {
      this.#failbackAt = this.#house.now() + 1000;
      return;
    }
    this.#failbackDue = false;
    this.standby('foreign');
  }

  #endStandby(): void {
    this.#standby = { ...this.#standby, state: 'not' };
    if (holdOf(this.#mine) === 'all') this.#theirStable = true;
  }

  #enter(state: Standby, hold: Hold, wait: number): void {
    this.#standby = { state, hold, until: this.#house.now() + wait };
  }

  #asked({ hold, info }: AskBody, from: 'self' | 'peer'): void {
    if (this.#state === 'shutdown') return;
    const { state } = this.#standby;
    if (state === 'not') this.#askedAtRest(hold, info, from);
    else if (info === 'me') return;
    else if (state === 'me' && from === 'peer') this.#partnerAnswers(hold, info);
    else if (state === 'other' && from === 'peer' && info === 'done') this.#acquire();
    else if (state === 'done' && from === 'peer' && info === 'done') this.#given();
  }

  #askedAtRest(hold: Hold, info: string, from: 'self' | 'peer'): void {
    if (info !== 'me' || !this.#theirStable || this.#state !== 'stable') return;
    this.#theirStable = false;
    if (from === 'self') {
      this.#enter('me', hold, politeness);
      return;
    }
    this.#house.send(askResourcesDraft(hold, 'other'));
    this.#enter('other', hold, hour);
  }

  /** It lets go before anything is stopped (spec resources 6). */
  #partnerAnswers(hold: Hold, info: string): void {
    this.#enter('me', hold, hour);
    if (info !== 'other') return;
    const given = heldOf(hold);
    this.#mine = {
      local: this.#mine.local && !given.local,
      foreign: this.#mine.foreign && !given.foreign,
    };
    this.#theirStable = false;
    this.#announce(false, 'standby');
    this.#house.fork(give(this.#groupsOf(given)), () => {
      if (this.#standby.state !== 'me') return;
      this.#house.send(askResourcesDraft(hold, 'done'));
      this.#enter('done', hold, hour);
    });
  }

  #acquire(): void {
    const { hold } = this.#standby;
    const taken = mirrored(heldOf(hold));
    this.#enter('done', hold, hour);
    this.#house.fork(take(this.#groupsOf(taken)), () => {
      if (this.#standby.state !== 'done') return;
      this.#mine = {
        local: this.#mine.local || taken.local,
        foreign: this.#mine.foreign || taken.foreign,
      };
      this.#announce(true);
      this.#house.send(askResourcesDraft(hold, 'done'));
      this.#standby = { ...this.#standby, state: 'not' };
    });
  }

  #given(): void {
    this.#announce(true);
    this.#standby = { ...this.#standby, state: 'not' };
  }

  #beginStop(): void {
    if (!this.#stopWanted || !this.#isAtRest()) return;
    this.#stopWanted = false;
    this.#mine = nobody();
    this.#announce(false, 'shutdown');
    this.#house.fork(give(this.#settings.groups), () => {
      this.#house.send(shutdoneDraft());
      this.#house.left();
    });
  }

  #groupsOf(held: Held): readonly ResourceGroup[] {
    const { groups, self } = this.#settings;
    return groups.filter(({ owner }) => (owner === self ? held.local : held.foreign));
  }
}
