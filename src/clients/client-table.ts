/** The clients of this node: who is connected, who signed on, and what each gets (spec client-api 5 to 9). */
import type { Socket } from 'node:net';
import type { LogLine } from '../log-line.ts';
import { text, valueOf, type Field } from '../message/messages.ts';
import { descriptorOf } from '../native/sockets.ts';
import type { Result } from '../result.ts';
import { decodeBody, encodeBody } from './body.ts';
import { Channel } from './channel.ts';
import {
  clientStatusMessage,
  clusterMessage,
  queryAnswer,
  type ClientQuery,
  type MessageRefusal,
} from './cluster-message.ts';
import type { ClusterFacts } from './facts.ts';
import { defaultMask, isFor, type EventKind, type Newest } from './events.ts';
import { answer, type Act } from './protocol.ts';
import { ReportLimit } from './report-limit.ts';
import {
  claimOf,
  isSignOn,
  judgeSignOn,
  maxClientIdBytes,
  signOnReply,
  type AuthTable,
  type PeerCredentials,
  type SignedOn,
} from './sign-on.ts';
import { nodeName } from '../units.ts';

/** A connection that has not signed on by then is closed, in milliseconds. */
const signOnMillis = 10_000;

/** How often those are looked for that died while another process holds their connection (spec client-api 9). */
const auditMillis = 9_000;

export interface ClientTableOptions {
  readonly facts: ClusterFacts;
  readonly table: AuthTable;
  readonly credentials: (descriptor: number) => Result<PeerCredentials, string>;
  readonly submit: (fields: readonly Field[]) => void;
  readonly report: (line: LogLine) => void;
}

type ReportKind =
  | 'no-credentials'
  | 'refused'
  | 'never-signed-on'
  | 'not-signed-on'
  | 'not-its-own'
  | 'removed'
  | 'refused-message';

/** Somebody at the door. */
interface Connection {
  readonly channel: Channel;
  readonly peer: PeerCredentials | undefined;
  readonly deadline: NodeJS.Timeout;
  /** Undefined until it has signed on, and again when it has left. */
  client: Client | undefined;
}

/** Somebody inside. */
interface Client extends SignedOn {
  /** See `Listener`. */
  mask: number;
  readonly heardBefore: readonly Newest[];
  /** Sent to the process after each frame; 0 for none. */
  signal: number;
}

/** Bounded by the connections that the server accepts. */
export class ClientTable {
  readonly #options: ClientTableOptions;
  readonly #say: ReportLimit<ReportKind>;
  readonly #connections = new Set<Connection>();
  /** By client id, in the order of signing on. */
  readonly #signedOn = new Map<string, Connection>();
  readonly #audit: NodeJS.Timeout;
  #nextGeneration = 0;
  #arePaused = false;
  #ended = false;

  constructor(options: ClientTableOptions) {
    this.#options = options;
    this.#say = new ReportLimit<ReportKind>(options.report);
    this.#audit = setInterval(() => {
      this.#findDead();
    }, auditMillis).unref();
  }

  /** Takes care of a new connection until it ends. */
  connected(socket: Socket): void {
    const channel = new Channel(socket, {
      onBody: (body) => {
        this.#receive(connection, body);
      },
      onEnd: (info) => {
        this.#ends(connection, info);
      },
    });
    const deadline = setTimeout(() => {
      this.#say.say('never-signed-on', 'info', 'API connection closed: it did not sign on');
      channel.drop('noinput');
    }, signOnMillis).unref();
    const peer = this.#peerOf(socket);
    const connection: Connection = { channel, peer, deadline, client: undefined };
    this.#connections.add(connection);
  }

  /** See `ClientServer.publish`. */
  publish(fields: readonly Field[], kind: EventKind): void {
    const newestFirst = [...this.#signedOn.values()].reverse();
    const receivers = newestFirst.filter(
      ({ client }) => client !== undefined && isFor(client, kind, fields),
    );
    if (receivers.length === 0) return;
    const body = encodeBody(fields);
    for (const receiver of receivers) this.#sendBody(receiver, body);
  }

  /** See `ClientServer.pause`. */
  pause(arePaused: boolean): void {
    this.#arePaused = arePaused;
    for (const { channel } of [...this.#signedOn.values()]) channel.paused = arePaused;
  }

  /** See `ClientServer.answerQuery`. */
  answerQuery(query: ClientQuery): void {
    this.#options.submit(queryAnswer(query, this.#signedOn.has(query.client)));
  }

  /** Closes every connection; the cluster is told nothing, for this node is leaving it. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#audit);
    for (const { channel } of this.#connections) channel.drop('EOF');
  }

  #peerOf(socket: Socket): PeerCredentials | undefined {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) return undefined;
    const peer = this.#options.credentials(descriptor);
    if (peer.ok) return peer.value;
    const words = `API clients cannot be identified, so only casual ones may sign on: ${peer.reason}`;
    this.#say.say('no-credentials', 'WARN', words);
    return undefined;
  }

  #receive(connection: Connection, body: Buffer): void {
    const fields = decodeBody(body);
    if (fields === undefined) return;
    this.publish(fields, 'api-call');
    if (connection.client === undefined) this.#beforeSignOn(connection, fields);
    else if (valueOf(fields, 't') === 'hbapi-req') this.#request(connection, fields);
    else this.#toCluster(connection, connection.client, { fields, bytes: body.length });
  }

  #beforeSignOn(connection: Connection, fields: readonly Field[]): void {
    if (!isSignOn(fields)) {
      this.#say.say('not-signed-on', 'WARN', 'API message ignored: its sender has not signed on');
      return;
    }
    const generation = this.#nextGeneration;
    this.#nextGeneration += 1;
    const judged = judgeSignOn(fields, {
      peer: connection.peer,
      auth: this.#options.table,
      ownUid: process.geteuid?.() ?? 0,
      generation,
      isProcess,
      isTaken: (id) => this.#signedOn.has(id),
    });
    if (judged.ok) this.#signOn(connection, judged.value);
    else this.#refuse(connection, { fields, generation, info: judged.reason });
  }

  #signOn(connection: Connection, signedOn: SignedOn): void {
    const heardBefore = this.#options.facts.incomplete();
    const client: Client = { ...signedOn, mask: defaultMask, heardBefore, signal: 0 };
    connection.client = client;
    clearTimeout(connection.deadline);
    this.#signedOn.set(client.id, connection);
    this.#announce('join', client, 'signon');
    this.#send(connection, signOnReply(this.#options.facts));
    connection.channel.paused = this.#arePaused;
  }

  #refuse(
    connection: Connection,
    attempt: { fields: readonly Field[]; generation: number; info: string },
  ): void {
    const { facts } = this.#options;
    const claim = claimOf(attempt.fields);
    const id = claim.id.slice(0, maxClientIdBytes);
    this.#say.say('refused', 'WARN', `API client [${id}] refused: ${attempt.info}`);
    this.#send(connection, signOnReply(facts, attempt.info));
    if (claim.kind === 'named') {
      const named = { id, generation: attempt.generation };
      this.#send(connection, clientStatusMessage('leave', named, attempt.info, facts.self));
    }
    connection.channel.finish();
  }

  #request(connection: Connection, fields: readonly Field[]): void {
    const { client } = connection;
    if (client === undefined) return;
    if (!isOwn(fields, client)) {
      const words = `API request of [${client.id}] dropped: it names another client`;
      this.#say.say('not-its-own', 'WARN', words);
      return;
    }
    const { facts } = this.#options;
    const isOnline = (id: string): boolean => this.#signedOn.has(id);
    const answered = answer({ fields, asker: client, facts, isOnline });
    for (const act of answered.acts) this.#perform(connection, client, act);
    for (const reply of answered.replies) this.#send(connection, reply);
  }

  #perform(connection: Connection, client: Client, act: Act): void {
    switch (act.kind) {
      case 'set-mask':
        client.mask = act.mask;
        return;
      case 'set-signal':
        client.signal = act.signal;
        return;
      case 'set-queue-limit':
        connection.channel.queueLimit = act.frames;
        return;
      case 'ask-node':
        this.#options.submit(act.message);
        return;
      case 'sign-off':
        this.#signOff(connection, client);
    }
  }

  #signOff(connection: Connection, client: Client): void {
    if (client.kind === 'named') {
      const { self } = this.#options.facts;
      this.#send(connection, clientStatusMessage('leave', client, 'signoff', self));
    }
    this.#remove(connection, 'signoff');
    connection.channel.finish();
  }

  #toCluster(
    connection: Connection,
    client: Client,
    sent: { fields: readonly Field[]; bytes: number },
  ): void {
    const message = clusterMessage(sent.fields, client, sent.bytes);
    if (message.ok) {
      this.#options.submit(message.value);
      this.#answerOwnQuery(client, message.value);
      return;
    }
    const words = `API client [${client.id}]: ${describe(message.reason)}`;
    this.#say.say('refused-message', 'WARN', words);
    if (message.reason.kind === 'casual') connection.channel.drop('badclient');
  }

  /** A query to every node is one to this node too, and is not delivered to the node that sends it. */
  #answerOwnQuery(client: Client, fields: readonly Field[]): void {
    if (valueOf(fields, 't') !== 'query-cstatus') return;
    const { self } = this.#options.facts;
    const asked = valueOf(fields, 'cn');
    if (asked === undefined || nodeName(valueOf(fields, 'dest') ?? self) !== self) return;
    const query = { from: self, client: asked, asker: client.id };
    const answered = queryAnswer(query, this.#signedOn.has(asked));
    this.publish([...answered, text('src', self)], 'keep');
  }

  #ends(connection: Connection, info: string): void {
    clearTimeout(connection.deadline);
    this.#connections.delete(connection);
    if (connection.client !== undefined && info !== 'EOF') {
      const words = `API client [${connection.client.id}] removed: ${info}`;
      this.#say.say('removed', 'WARN', words);
    }
    this.#remove(connection, info);
  }

  /** Only a client whose join was announced is announced to have left. */
  #remove(connection: Connection, info: string): void {
    const { client } = connection;
    if (client === undefined) return;
    connection.client = undefined;
    this.#signedOn.delete(client.id);
    this.#announce('leave', client, info);
  }

  #announce(st: 'join' | 'leave', client: Client, info: string): void {
    if (client.kind === 'casual' || this.#ended) return;
    this.#options.submit(clientStatusMessage(st, client, info, this.#options.facts.self));
  }

  #send(connection: Connection, fields: readonly Field[]): void {
    this.#sendBody(connection, encodeBody(fields));
  }

  #sendBody(connection: Connection, body: Uint8Array): void {
    const { channel, client } = connection;
    channel.send(body);
    // Without a signal it is only asked whether the process lives.
    if (client?.verified === true && !signalProcess(client.pid, client.signal))
      channel.drop('died');
  }

  /** Another process may have inherited a dead client's connection, which then does not end. */
  #findDead(): void {
    for (const { channel, client } of this.#connections) {
      if (client?.verified === true && !isProcess(client.pid)) channel.drop('died-audit');
    }
  }
}

/** A request names its sender by pid or by id; one that names another client's is not for this channel. */
function isOwn(fields: readonly Field[], client: Client): boolean {
  return valueOf(fields, 'pid') === String(client.pid) || valueOf(fields, 'from_id') === client.id;
}

function describe(refusal: MessageRefusal): string {
  switch (refusal.kind) {
    case 'no-type':
      return 'message without a type dropped';
    case 'casual':
      return `sent a message [${printable(refusal.type)}] although it is casual`;
    case 'reserved':
      return `may not send [${printable(refusal.type)}]: only the daemon does`;
    case 'too-long':
      return `message [${printable(refusal.type)}] of ${String(refusal.bytes)} bytes is too long to be sent`;
  }
}

/** What a client chose, made fit for one line of the log. */
function printable(word: string): string {
  return word.slice(0, 40).replace(/[^\x20-\x7e]/g, '?');
}

function isProcess(pid: number): boolean {
  return signalProcess(pid, 0);
}

/** False when there is no such process; a signal that we may not send counts as sent. */
function signalProcess(pid: number, signal: number): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
