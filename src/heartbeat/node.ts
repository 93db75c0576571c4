/**
 * The whole node, still pure: bytes come in, are believed or refused, and become events of membership and resources;
 * their effects become effects for the shell.
 *
 * Inside one step the work is a queue: what an effect causes is done after what was already due, so messages leave in
 * the order of their numbers. (The C daemon lets nested ones overtake: spec wire 6.3.)
 */
import { fencingWords } from '../fencing/reports.ts';
import { stepFencing } from '../fencing/step.ts';
import type { FencingEffect, FencingEvent } from '../fencing/types.ts';
import { resourceWords } from '../haresources/reports.ts';
import { keptBy, stepResources } from '../haresources/step.ts';
import type { Kept, ResourceEffect, ResourceEvent } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import { passedOver } from '../membership/passed-over.ts';
import { membershipWords } from '../membership/reports.ts';
import { stepMembership } from '../membership/step.ts';
import type { MembershipEffect, MembershipEvent, Moment } from '../membership/types.ts';
import { ageOf, deletedNodes, localStatus } from '../membership/views.ts';
import { checkDraft } from '../message/encode.ts';
import { isStatement, stonithDraft } from '../message/drafts.ts';
import type { Draft, Field, Message, NodeChange } from '../message/messages.ts';
import { text, valueOf } from '../message/messages.ts';
import type { QuorumEvent } from '../quorum/types.ts';
import { after, never, seconds, type NodeName } from '../units.ts';
import { isClientEvent, isNews, mustWait, ofOwnMessage, settleClients } from './client-events.ts';
import { clientQuery } from './client-query.ts';
import type { ClientEventKind, NodeEffect, NodeEvent } from './effects.ts';
import { readDatagram } from './incoming.ts';
import { limit } from './limiter.ts';
import { meaningOf } from './local.ts';
import { deathNotice, linkNotice, noticeOf, pingDeathNotice, removalNotice } from './notices.ts';
import { datagramOf, pingOf } from './outgoing.ts';
import type { NodeState } from './state.ts';
import { reachesMembership, type Task } from './tasks.ts';
import { askQuorum } from './quorum.ts';
import { expectedPeers } from './views.ts';
import { votesOf } from './votes.ts';

/** A leaving node goes on sending status that long, for retransmissions of its last words (spec membership 5.1). */
const linger = seconds(1);

export interface NodeStep {
  readonly state: NodeState;
  readonly effects: readonly NodeEffect[];
}

/** What becomes of the node when `event` happens at `moment`. Throws only where our own program is wrong. */
export function stepNode(state: NodeState, event: NodeEvent, moment: Moment): NodeStep {
  const turn = new Turn(state, moment);
  turn.handle(event);
  return turn.finish();
}

/** One step on its way; it lives for the length of `stepNode` only. */
class Turn {
  #state: NodeState;
  readonly #moment: Moment;
  readonly #effects: NodeEffect[] = [];
  readonly #tasks: Task[] = [];

  constructor(state: NodeState, moment: Moment) {
    this.#state = state;
    this.#moment = moment;
  }

  handle(event: NodeEvent): void {
    if (!reachesMembership(event)) {
      this.#toMembership({ kind: 'stirred' });
      this.#work();
    }
    switch (event.kind) {
      case 'start':
      case 'generation-reserved':
        this.#toMembership(event);
        break;
      case 'tick':
        this.#tick();
        break;
      case 'datagram':
        this.#datagram(event);
        break;
      case 'local-message':
        this.#local(event.fields);
        break;
      case 'ran':
      case 'haresources':
        this.#toResources(event);
        break;
      case 'fenced':
        this.#toFencing({ kind: 'ended', attempt: event.attempt, outcome: event.outcome });
        break;
      case 'device-checked':
        this.#toFencing({ kind: 'checked', check: event.check });
        break;
      case 'keys':
        this.#change({ keys: event.keys, acceptCrc: event.acceptCrc });
        break;
      case 'restart':
        this.#wantRestart();
        break;
      case 'stop':
        this.#change({ restart: { kind: 'none' } });
        this.#toResources(event);
        this.#toQuorum(event);
        this.#toFencing(event);
        break;
    }
  }

  finish(): NodeStep {
    this.#work();
    this.#count();
    this.#work();
    this.#beginRestart();
    this.#work();
    const settled = settleClients(this.#state.clients, this.#state.membership);
    if (settled.clients !== this.#state.clients) this.#change({ clients: settled.clients });
    this.#effects.push(...settled.effects);
    return { state: this.#state, effects: this.#effects };
  }

  #work(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      this.#perform(task);
    }
  }

  /** Before the state changes: whether a message is a double, say, is seen from what was known before it. */
  #tellOfNoNews(event: MembershipEvent, effects: readonly MembershipEffect[]): void {
    if (event.kind !== 'message' || isNews(effects, event.message)) return;
    const kind = passedOver(this.#state.membership, event.link, event.message, this.#moment.now);
    if (kind !== undefined) this.#tellClients(event.message.fields, kind);
  }

  #wantRestart(): void {
    if (this.#state.restart.kind !== 'none') return;
    this.#change({ restart: { kind: 'wanted' } });
    if (keptBy(this.#state.resources) !== undefined) return;
    this.#log({ level: 'WARN', text: 'Restart delayed until current resource activity finishes.' });
  }

  /** The last second of this life is for the word that asks for patience, and its retransmission. */
  #beginRestart(): void {
    const kept = keptBy(this.#state.resources);
    if (this.#state.restart.kind === 'wanted' && kept !== undefined) this.#endLifeWith(kept);
  }

  #endLifeWith(kept: Kept): void {
    this.#change({ restart: { kind: 'told', kept, endsAt: after(this.#moment.now, linger) } });
    this.#log({ level: 'info', text: 'Heartbeat restart triggered.' });
    this.#toMembership({ kind: 'restarting' });
    // The next life finds out for itself who is silent.
    this.#toQuorum({ kind: 'stop' });
    this.#toFencing({ kind: 'stop' });
  }

  #endLife(): void {
    const { restart } = this.#state;
    if (restart.kind !== 'told' || this.#moment.now < restart.endsAt) return;
    this.#change({ restart: { ...restart, endsAt: never } });
    this.#effects.push({ kind: 'restart', kept: restart.kept });
  }

  #perform(task: Task): void {
    switch (task.kind) {
      case 'membership': {
        const step = stepMembership(this.#state.membership, task.event, this.#moment);
        this.#tellOfNoNews(task.event, step.effects);
        this.#change({ membership: step.state });
        for (const effect of step.effects) this.#tasks.push({ kind: 'membership-effect', effect });
        break;
      }
      case 'resources': {
        const step = stepResources(this.#state.resources, task.event, this.#moment.now);
        this.#change({ resources: step.state });
        for (const effect of step.effects) this.#tasks.push({ kind: 'resource-effect', effect });
        break;
      }
      case 'fencing': {
        const step = stepFencing(this.#state.fencing, task.event, this.#moment.now);
        this.#change({ fencing: step.state });
        for (const effect of step.effects) this.#tasks.push({ kind: 'fencing-effect', effect });
        break;
      }
      case 'membership-effect':
        this.#membershipEffect(task.effect);
        break;
      case 'fencing-effect':
        this.#fencingEffect(task.effect);
        break;
      case 'resource-effect':
        this.#resourceEffect(task.effect);
        break;
    }
  }

  #tick(): void {
    this.#toMembership({ kind: 'tick' });
    this.#toResources({ kind: 'tick' });
    this.#toFencing({ kind: 'tick' });
    this.#endLife();
    const { exitAt } = this.#state;
    if (exitAt === undefined || this.#moment.now < exitAt) return;
    // Said once: the node goes on with its status until its children have ended.
    this.#change({ exitAt: undefined });
    this.#effects.push({ kind: 'exit' });
  }

  #datagram({ link, bytes, from }: Extract<NodeEvent, { readonly kind: 'datagram' }>): void {
    const { message, refused } = readDatagram(link, bytes, this.#state);
    if (refused !== undefined) this.#refuse(refused.reason, refused.lines);
    if (message !== undefined) this.#toMembership({ kind: 'message', link, message, from });
  }

  #local(fields: readonly Field[]): void {
    const meaning = meaningOf(fields);
    switch (meaning.kind) {
      case 'resources':
        this.#toResources(meaning.event);
        break;
      case 'refused':
        this.#refuse(meaning.why, [{ level: 'WARN', text: meaning.why }], false);
        break;
      case 'confirmed':
        if (this.#state.quorum.pending.has(meaning.node)) this.#toQuorum(meaning);
        else this.#toFencing(meaning);
        break;
      case 'nodes':
        if (this.#submit(fields)) this.#changeNodes(fields, meaning.change);
        break;
      case 'cluster':
        this.#submit(fields);
        break;
    }
  }

  /** A message that cannot be sent must not take a number: the peer would ask for it for ever (spec wire 1). */
  #submit(draft: Draft): boolean {
    const fault = checkDraft(draft);
    if (fault === undefined) {
      this.#toMembership({ kind: 'submit', draft });
      // A node hears its own messages too. Not at `transmit`: a retransmission is no news.
      const { self } = this.#state.settings;
      this.#notify([...draft, text('src', self), text('ts', this.#moment.wall.toString(16))]);
      return true;
    }
    const why = `message of type ${valueOf(draft, 't') ?? '?'} not sent: ${fault.kind}`;
    this.#refuse('local-not-sent', [{ level: 'WARN', text: why }], false);
    return false;
  }

  /** Every node carries it out, this one too, unless another is named (spec membership 8). */
  #changeNodes(draft: Draft, change: NodeChange): void {
    const dest = valueOf(draft, 'dest');
    if (dest === undefined || dest === this.#state.settings.self)
      this.#toMembership({ kind: 'change-nodes', change });
  }

  #membershipEffect(effect: MembershipEffect): void {
    switch (effect.kind) {
      case 'transmit':
        this.#transmit(effect.fields, effect.isRepeat);
        break;
      case 'deliver':
        this.#deliver(effect.message);
        break;
      case 'node-status':
        this.#heard(effect.node, false);
        this.#toResources({ kind: 'node-status', node: effect.node, status: effect.status });
        this.#tellClients(effect.message.fields);
        break;
      case 'node-dead':
        this.#tellClients(deathNotice(effect.node, this.#moment.wall));
        this.#count();
        this.#toResources({ kind: 'node-dead', node: effect.node, everHeard: effect.everHeard });
        break;
      case 'node-restarted':
      case 'node-renewed':
      case 'node-doubts':
      case 'node-returned':
        this.#heard(effect.node, effect.kind !== 'node-restarted');
        this.#toResources(effect);
        break;
      case 'reserve-generation':
        this.#effects.push(effect);
        break;
      case 'node-added':
      case 'node-removed':
        this.#nodesChanged(effect.kind, effect.node);
        break;
      case 'ping':
        this.#effects.push(pingOf(this.#state, effect.node, effect.draft));
        break;
      case 'ping-alive':
        this.#tellClients(effect.message.fields);
        break;
      case 'ping-dead':
        this.#tellClients(pingDeathNotice(effect.node, this.#moment.wall));
        break;
      case 'link':
        this.#tellClients(linkNotice(effect.node, effect.link, effect.status));
        this.#notify(linkNotice(effect.node, effect.link, effect.status));
        break;
      case 'local-status':
        if (effect.status === 'active') this.#active();
        break;
      case 'node-late':
      case 'frozen':
        this.#toResources(effect);
        break;
      case 'report':
        this.#log(membershipWords(effect.report));
        break;
    }
  }

  /** Whoever speaks is not down, whatever was known of it. */
  #heard(node: NodeName, sameLife: boolean): void {
    this.#toQuorum({ kind: 'heard', node });
    this.#toFencing({ kind: 'heard', node, sameLife });
  }

  #resourceEffect(effect: ResourceEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#submit(effect.draft);
        break;
      case 'run':
      case 'announce':
      case 'introduce':
      case 'cannot-stop':
        this.#effects.push(effect);
        break;
      case 'ask-clearance':
        this.#toQuorum({ kind: 'wanted', node: effect.node, idle: effect.idle });
        break;
      case 'released':
        this.#released(effect.again);
        break;
      case 'report':
        this.#log(resourceWords(effect.report));
        break;
    }
  }

  /** A node counts from `active` on. */
  #count(): void {
    if (localStatus(this.#state.membership) === 'active')
      this.#toQuorum({ kind: 'votes', votes: votesOf(this.#state, this.#moment.now) });
  }

  /** At once, so that the resource engine knows before it hears what follows. */
  #toQuorum(event: QuorumEvent): void {
    const { quorum, tasks, effects } = askQuorum(this.#state, event, this.#moment.now);
    this.#change({ quorum });
    this.#tasks.push(...tasks);
    this.#effects.push(...effects);
  }

  #fencingEffect(effect: FencingEffect): void {
    switch (effect.kind) {
      case 'fence':
      case 'cancel-fence':
      case 'check-device':
        this.#effects.push(effect);
        break;
      case 'cleared':
        this.#toResources({ kind: 'cleared', node: effect.node });
        break;
      case 'tell':
        this.#submit(stonithDraft(effect.node, effect.result));
        break;
      case 'report':
        for (const line of fencingWords(effect.report)) this.#log(line);
        break;
    }
  }

  #transmit(fields: readonly Field[], isRepeat: boolean): void {
    this.#effects.push(datagramOf(this.#state, fields));
    if (isRepeat && isStatement(fields)) this.#toResources({ kind: 'statement-repeated' });
    const event = isRepeat ? undefined : ofOwnMessage(fields, this.#state.settings.self);
    if (event !== undefined) this.#tellClients(fields, event);
  }

  #deliver(message: Message): void {
    this.#toResources({ kind: 'message', message, age: ageOf(this.#state.membership, message) });
    const query = clientQuery(message);
    if (query !== undefined) {
      this.#effects.push(query);
      return;
    }
    const { fields } = message;
    this.#notify(fields);
    const { clients, membership } = this.#state;
    if (!isClientEvent(valueOf(fields, 't') ?? '')) return;
    if (!mustWait(membership, message)) this.#tellClients(fields);
    else this.#change({ clients: { ...clients, heldBack: [...clients.heldBack, message] } });
  }

  #active(): void {
    this.#effects.push({ kind: 'became-active' });
    this.#toFencing({ kind: 'active' });
    this.#count();
    this.#toResources({ kind: 'active', alive: expectedPeers(this.#state) });
  }

  #released(again: boolean): void {
    if (again) this.#endLifeWith({ owners: [], takenOver: [], failbackDue: false });
    else if (localStatus(this.#state.membership) === 'active')
      this.#change({ exitAt: after(this.#moment.now, linger) });
    else this.#effects.push({ kind: 'exit' });
  }

  #toMembership(event: MembershipEvent): void {
    this.#tasks.push({ kind: 'membership', event });
  }

  #toFencing(event: FencingEvent): void {
    this.#tasks.push({ kind: 'fencing', event });
  }

  /** Who holds what does not change any more while this life ends: what is missed, the next one asks for. */
  #toResources(event: ResourceEvent): void {
    if (this.#state.restart.kind === 'told') return;
    this.#tasks.push({ kind: 'resources', event });
  }

  #nodesChanged(kind: 'node-added' | 'node-removed', node: NodeName): void {
    if (kind === 'node-removed') this.#tellClients(removalNotice(node));
    this.#toResources({ kind, node });
    this.#effects.push({ kind: 'remember-deleted', nodes: deletedNodes(this.#state.membership) });
  }

  #tellClients(fields: readonly Field[], event: ClientEventKind = 'keep'): void {
    this.#effects.push({ kind: 'client-event', event, fields });
  }

  #notify(fields: readonly Field[]): void {
    const notice = noticeOf(fields, localStatus(this.#state.membership));
    if (notice !== undefined) this.#effects.push(notice);
  }

  /** Others can bring this about as often as they like; packets are told of where `log_badpack` says so. */
  #refuse(reason: string, lines: readonly LogLine[], isPacket = true): void {
    const limited = limit(this.#state.limiter, reason, lines, this.#moment.now);
    this.#change({ limiter: limited.limiter });
    if (isPacket && !this.#state.settings.settings.haCf.logBadpack) return;
    for (const line of limited.lines) this.#log(line);
  }

  #log(line: LogLine): void {
    this.#effects.push({ kind: 'log', line });
  }

  #change(change: Partial<NodeState>): void {
    this.#state = { ...this.#state, ...change };
  }
}
