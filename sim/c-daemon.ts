/**
 * A daemon like the C one, as far as its neighbours can tell: our messaging, for that is compatible, and C's ways with
 * resources and with partitions. It does nothing but answer events with effects.
 *
 * Modelled from the specification (membership 4 and 5, resources 5 to 8): up to half a second at each hop; two seconds
 * after a heal it gives up everything, leaves, sleeps for the dead time and begins anew; after a sleep of its own it takes
 * over from those who live; when it cannot stop something its machine reboots.
 */
import type { AuthKeys } from '../src/config/settings.ts';
import type { NodeEvent, NodeSettings } from '../src/heartbeat/effects.ts';
import type { Outcome } from '../src/haresources/types.ts';
import { createMembership, type Membership } from '../src/membership/state.ts';
import { statusWord } from '../src/membership/hearing-status.ts';
import { nextDeadline, stepMembership } from '../src/membership/step.ts';
import type { MembershipEffect, MembershipEvent, Moment } from '../src/membership/types.ts';
import { decodeDatagram } from '../src/message/decode.ts';
import { encodeDatagram } from '../src/message/encode.ts';
import { interpret } from '../src/message/interpret.ts';
import { valueOf, type Body, type Draft, type Field, type Hold } from '../src/message/messages.ts';
import { instant, nodeName, type Instant, type NodeName } from '../src/units.ts';
import { CResources } from './c-resources.ts';
import type { Child } from './c-scripts.ts';
import type { Belief, Daemon, DaemonEffect } from './daemon.ts';
import { Dice } from './dice.ts';

/** After the first status of a node that it had declared dead (spec membership 4.2). */
const restartsAfter = 2000;
/** From `shutdone` to silence (spec membership 5.1). */
const lingers = 2000;
/** Half of what it hears it acts upon at once, the rest within half a second (spec resources 7.1). */
const slowestHop = 500;

interface Later {
  readonly at: number;
  readonly act: () => void;
}

interface Work {
  readonly child: Child;
  readonly then: () => void;
}

export class CDaemon implements Daemon {
  readonly kind = 'c';
  readonly #keys: AuthKeys;
  readonly #sleeps: number;
  readonly #groups: NodeSettings['settings']['haresources'];
  readonly #resources: CResources;
  readonly #dice: Dice;
  #membership: Membership;
  #moment: Moment = { now: instant(0), wall: 0, load: '0.00' };
  #effects: DaemonEffect[] = [];
  /** In the order of time; what was heard first is acted upon first. */
  #later: Later[] = [];
  #hopsUntil = 0;
  #work: Work[] = [];
  #nextJob = 1;
  #isRestarting = false;

  constructor(node: NodeSettings) {
    const { self, settings } = node;
    const { haCf, authKeys, haresources } = settings;
    this.#keys = authKeys;
    this.#sleeps = haCf.deadtime + 1000;
    this.#groups = haresources;
    this.#dice = new Dice(node.seed, self);
    const links = haCf.media.map((medium) => medium.iface);
    this.#membership = createMembership({ ...haCf, ...node, links });
    const failsBack = haCf.autoFailback === 'on';
    this.#resources = new CResources(
      { self, groups: haresources, failsBack },
      {
        now: () => this.#moment.now,
        send: (draft) => {
          this.#member({ kind: 'submit', draft });
        },
        fork: (child, then) => {
          this.#fork({ child, then });
        },
        isIdle: () => this.#work.length === 0,
        left: () => {
          this.#leave();
        },
      },
    );
  }

  step(event: NodeEvent, moment: Moment): readonly DaemonEffect[] {
    this.#moment = moment;
    this.#effects = [];
    this.#handle(event);
    this.#actOnWhatIsDue();
    this.#resources.tick();
    return this.#effects;
  }

  nextDeadline(): Instant {
    const own = Math.min(this.#later[0]?.at ?? Infinity, this.#resources.nextDeadline());
    return instant(Math.min(own, nextDeadline(this.#membership)));
  }

  holding(): Hold | 'transition' {
    return this.#resources.holding();
  }

  statusOf(node: string): string {
    const peer = this.#membership.peers.get(nodeName(node));
    return peer === undefined ? this.#membership.status : statusWord(peer.life);
  }

  /** It knows nothing of single groups; what its scripts are at work on is in flux. */
  belief(group: string): Belief {
    if (this.#work.length > 0) return 'letting-go';
    const owner = this.#groups.find(({ key }) => key === group)?.owner;
    const isOurs = owner === this.#membership.settings.self;
    const hold = this.#resources.holding();
    if (hold === 'transition') return 'letting-go';
    return hold === 'all' || hold === (isOurs ? 'local' : 'foreign') ? 'runs' : 'free';
  }

  /** Of other events it knows nothing: it is not reloaded, and fences nobody. */
  #handle(event: NodeEvent): void {
    const { kind } = event;
    if (kind === 'start' || kind === 'tick') this.#member({ kind });
    if (kind === 'datagram') this.#datagram(event.link, event.bytes);
    if (kind === 'local-message') this.#fifo(event.fields);
    if (kind === 'ran') this.#goOn(event.outcome);
    if (kind === 'stop') this.#resources.stop();
  }

  #fifo(fields: readonly Field[]): void {
    const type = valueOf(fields, 't');
    const hold = valueOf(fields, 'rsc_hold');
    if (type === 'ask_resources' && isHold(hold))
      this.#soon(() => {
        this.#resources.standby(hold);
      });
    if (type === 'hb_takeover') this.#member({ kind: 'submit', draft: fields });
  }

  #datagram(link: string, bytes: Uint8Array): void {
    const decoded = decodeDatagram(bytes, { ...this.#keys, acceptCrc: false });
    if (!decoded.ok) return;
    const message = interpret(decoded.value.fields);
    if (message.ok) this.#member({ kind: 'message', link, message: message.value });
  }

  #member(event: MembershipEvent): void {
    const step = stepMembership(this.#membership, event, this.#moment);
    this.#membership = step.state;
    for (const effect of step.effects) this.#perform(effect);
  }

  #perform(effect: MembershipEffect): void {
    const { kind } = effect;
    if (kind === 'transmit') this.#transmit(effect.fields);
    if (kind === 'deliver') this.#deliver(effect.message.body);
    if (kind === 'node-dead') this.#died(effect.node);
    if (kind === 'node-status') this.#resources.seen();
    // With a larger generation it has restarted, for all that C knows (spec resources 7.12).
    if (kind === 'node-returned' && !effect.renewed) this.#returned(effect.node);
    if (kind === 'frozen') this.#slept();
    if (kind === 'local-status' && effect.status === 'active') this.#resources.active(this.#dead());
  }

  #deliver(body: Body): void {
    this.#resources.seen();
    this.#soon(() => {
      this.#resources.heard(body);
    });
  }

  #died(node: NodeName): void {
    this.#log(`node ${node}: is dead`);
    this.#resources.peerDied(node);
  }

  #dead(): readonly NodeName[] {
    const peers = [...this.#membership.peers.values()];
    return peers.filter(({ life }) => life.kind === 'dead').map(({ name }) => name);
  }

  #transmit(fields: Draft): void {
    const encoded = encodeDatagram(fields, 'netstring-with-auth', this.#keys.outbound);
    if (encoded.ok) this.#effects.push({ kind: 'send', datagram: encoded.value });
  }

  #log(text: string): void {
    this.#effects.push({ kind: 'log', line: { level: 'WARN', text } });
  }

  /** No negotiation, no winner (spec membership 4.2). */
  #returned(node: NodeName): void {
    this.#log(`Cluster node ${node} returning after partition.`);
    this.#resources.peerDied(node);
    if (this.#isRestarting) return;
    this.#isRestarting = true;
    this.#after(restartsAfter, () => {
      this.#resources.stop();
    });
  }

  /** It takes the silence of its own sleep for that of the others (spec membership 4.4). */
  #slept(): void {
    for (const { name, life } of this.#membership.peers.values())
      if (life.kind === 'alive') this.#resources.peerDied(name);
  }

  #leave(): void {
    if (this.#isRestarting) this.#member({ kind: 'restarting' });
    this.#after(lingers, () => {
      const end: DaemonEffect = this.#isRestarting
        ? { kind: 'begin-anew', after: this.#sleeps }
        : { kind: 'exit' };
      this.#effects.push(end);
    });
  }

  #soon(act: () => void): void {
    const hop = this.#dice.happens(0.5) ? 0 : this.#dice.below(slowestHop);
    this.#hopsUntil = Math.max(this.#hopsUntil, this.#moment.now + hop);
    this.#later.push({ at: this.#hopsUntil, act });
    this.#later.sort((one, other) => one.at - other.at);
  }

  #after(wait: number, act: () => void): void {
    this.#later.push({ at: this.#moment.now + wait, act });
    this.#later.sort((one, other) => one.at - other.at);
  }

  #actOnWhatIsDue(): void {
    for (let next = this.#later[0]; next !== undefined; next = this.#later[0]) {
      if (next.at > this.#moment.now) return;
      this.#later.shift();
      next.act();
    }
  }

  #fork(work: Work): void {
    this.#work.push(work);
    if (this.#work.length === 1) this.#goOn({ kind: 'done' });
  }

  /** The child at work takes its next step; the next child begins when it is through. */
  #goOn(outcome: Outcome): void {
    const [work] = this.#work;
    if (work === undefined) return;
    const next = work.child.next(outcome);
    if (next.done === true) {
      this.#soon(() => {
        this.#work.shift();
        work.then();
        if (this.#work.length > 0) this.#goOn({ kind: 'done' });
      });
      return;
    }
    const step = next.value;
    if (step.kind === 'reboot') this.#effects.push({ kind: 'reboot' });
    else if (step.kind === 'pause')
      this.#after(step.millis, () => {
        this.#goOn({ kind: 'done' });
      });
    else this.#call(step);
  }

  #call({
    group,
    at,
    action,
  }: Extract<ReturnType<Child['next']>['value'], { kind: 'call' }>): void {
    const resource = group.resources[at];
    if (resource === undefined) return;
    this.#effects.push({
      kind: 'run',
      job: { id: this.#nextJob++, group: group.key, resource, action },
    });
  }
}

const isHold = (word: string | undefined): word is Hold =>
  word === 'none' || word === 'local' || word === 'foreign' || word === 'all';
