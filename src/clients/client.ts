/** The other side of the register socket, for our own commands: sign on as a casual client, ask, leave (spec client-api 5, 6). */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { text, type Field } from '../message/messages.ts';
import { fail, succeed, type Result } from '../result.ts';
import { millis, type Millis } from '../units.ts';
import { decodeBody, encodeBody } from './body.ts';
import { encodeFrame, FrameReader } from './frames.ts';

/** The most messages that are kept unread, and that one answer may have. */
const maxMessages = 4096;

/** Why a question has no answer. */
export type ApiError =
  /** Nobody listens at the socket. */
  | { readonly kind: 'no-daemon'; readonly why: string }
  /** The socket's directory does not let this user in. */
  | { readonly kind: 'not-permitted' }
  /** The daemon does not want this client. */
  | { readonly kind: 'refused'; readonly info: string }
  /** The daemon will not answer this: an unknown node, for example. */
  | { readonly kind: 'bad-request'; readonly info: string }
  /** The connection ended, or what came over it was no answer. */
  | { readonly kind: 'lost' }
  /** The time given to the client is over. */
  | { readonly kind: 'timed-out' };

/** What a request says beyond its type, by field name. */
export type Parameters = Readonly<Record<string, string>>;

/** A message of the daemon: its text fields by name. */
export type Reply = ReadonlyMap<string, string>;

/** What the daemon says of itself at sign-on. */
export interface Greeting {
  /** The node's name. */
  readonly node: string;
  readonly deadtime: Millis;
  readonly keepalive: Millis;
  readonly version: string;
  /** `false` where haresources rules. */
  readonly pacemaker: string;
}

/** A client that talks to the clients of its name on other nodes, and hears what happens. */
export interface NamedClient {
  /** At most 31 bytes; ha.cf says who may have it (`apiauth`). */
  readonly id: string;
  /** Every message of the daemon that answers no question. */
  readonly heard: (event: Reply) => void;
  /** The connection has ended; nothing is heard any more. */
  readonly lost: () => void;
}

/** A client that has signed on. Its questions are asked one after the other. */
export class ApiClient {
  readonly greeting: Greeting;
  readonly #connection: Connection;

  constructor(connection: Connection, greeting: Greeting) {
    this.#connection = connection;
    this.greeting = greeting;
  }

  /** The messages of the answer to one request of spec client-api 6, at least one. */
  async request(
    reqtype: string,
    parameters: Parameters = {},
  ): Promise<Result<readonly Reply[], ApiError>> {
    this.#connection.ask(reqtype, parameters);
    const replies: Reply[] = [];
    while (replies.length < maxMessages) {
      const next = await this.#connection.next();
      if (!next.ok) return next;
      if (next.value.get('reqtype') !== reqtype) continue;
      replies.push(next.value);
      const result = next.value.get('result');
      if (result === 'OK') return succeed(replies);
      if (result !== 'ok/more') return fail(badRequest(next.value));
    }
    return fail({ kind: 'lost' });
  }

  /** One field of the answer to a request; undefined when the answer lacks it. */
  async value(
    reqtype: string,
    field: string,
    parameters: Parameters = {},
  ): Promise<Result<string | undefined, ApiError>> {
    const replies = await this.request(reqtype, parameters);
    return replies.ok ? succeed(replies.value[0]?.get(field)) : replies;
  }

  /**
   * Whether client `cn` is signed on at `node`: `online` or `offline`. Another node's word is waited for as long as
   * `patience` lasts.
   */
  async clientStatus(
    node: string,
    cn: string,
    patience: AbortSignal,
  ): Promise<Result<string, ApiError>> {
    this.#connection.ask('clientstatus', { node, cn });
    for (;;) {
      const next = await this.#connection.next(patience);
      if (!next.ok) return next;
      const cs = next.value.get('cs');
      if (cs !== undefined) return succeed(cs);
      if (next.value.get('result') === 'badreq') return fail(badRequest(next.value));
    }
  }

  /** Sends a message to the clients of the same name on all nodes, or on that named by `dest`; for named clients. */
  tell(message: Parameters): void {
    this.#connection.send(Object.entries(message).map(([name, value]) => text(name, value)));
  }

  /** Signs off and closes; nothing is waited for. */
  close(): void {
    this.#connection.ask('signoff');
    this.#connection.end();
  }
}

/** Signs on at the socket: as a casual client, which only asks, or as `named`; `signal` ends the client at any time. */
export async function signOn(
  path: string,
  signal: AbortSignal,
  named?: NamedClient,
): Promise<Result<ApiClient, ApiError>> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    return fail(signal.aborted ? { kind: 'timed-out' } : connectError(error));
  }
  const connection = new Connection(socket, signal, named);
  connection.ask('signon', ownIds());
  const reply = await connection.next();
  if (reply.ok && reply.value.get('result') === 'OK') {
    return succeed(new ApiClient(connection, greetingOf(reply.value)));
  }
  connection.end();
  if (!reply.ok) return reply;
  return fail({ kind: 'refused', info: reply.value.get('info') ?? '' });
}

/** Frames in both directions, and the answers that nobody has taken yet. */
class Connection {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #named: NamedClient | undefined;
  readonly #reader = new FrameReader();
  readonly #unread: Reply[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: Socket, signal: AbortSignal, named: NamedClient | undefined) {
    this.#socket = socket;
    this.#signal = signal;
    this.#named = named;
    socket.on('data', (piece: Buffer) => {
      this.#receive(piece);
    });
    socket.on('close', () => {
      this.#wake();
      named?.lost();
    });
    socket.on('error', () => {
      // 'close' follows at once: a lost connection is told to whoever waits for an answer.
    });
  }

  ask(reqtype: string, parameters: Parameters = {}): void {
    const id = this.#named?.id ?? String(process.pid);
    this.send(requestFields(reqtype, id, parameters));
  }

  send(fields: readonly Field[]): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(encodeBody(fields)));
  }

  end(): void {
    this.#socket.destroySoon();
  }

  /** The next answer; events for clients are not answers. `deadline` comes before the client's own end. */
  async next(deadline: AbortSignal = this.#signal): Promise<Result<Reply, ApiError>> {
    const signal = AbortSignal.any([this.#signal, deadline]);
    for (;;) {
      const message = this.#unread.shift();
      if (message !== undefined) return succeed(message);
      if (signal.aborted) return fail({ kind: 'timed-out' });
      if (this.#socket.destroyed) return fail({ kind: 'lost' });
      await this.#wait(signal);
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done);
    });
  }

  #receive(piece: Buffer): void {
    const read = this.#reader.push(piece);
    if (!read.ok) {
      this.#socket.destroy();
      return;
    }
    for (const body of read.value) {
      const fields = decodeBody(body);
      if (fields === undefined) continue;
      const reply = replyOf(fields);
      if (isAnswer(reply)) this.#unread.push(reply);
      else this.#named?.heard(reply);
    }
    if (this.#unread.length > maxMessages) this.#socket.destroy();
    this.#wake();
  }
}

function isAnswer(reply: Reply): boolean {
  const type = reply.get('t');
  return type === 'hbapi-resp' || type === 'respond-cstatus';
}

/** Of fields of one name the first counts. */
function replyOf(fields: readonly Field[]): Reply {
  const texts = fields.flatMap((field) =>
    field.type === 0 ? [[field.name, field.value] as const] : [],
  );
  return new Map(texts.reverse());
}

function requestFields(reqtype: string, id: string, parameters: Parameters): readonly Field[] {
  return [
    text('t', 'hbapi-req'),
    text('reqtype', reqtype),
    text('dest', hostname().toLowerCase()),
    text('pid', String(process.pid)),
    text('from_id', id),
    ...Object.entries(parameters).map(([name, value]) => text(name, value)),
  ];
}

function ownIds(): Parameters {
  return {
    uid: String(process.geteuid?.() ?? 0),
    gid: String(process.getegid?.() ?? 0),
  };
}

function greetingOf(reply: Reply): Greeting {
  return {
    node: reply.get('node') ?? '',
    deadtime: timeIn(reply, 'deadtime'),
    keepalive: timeIn(reply, 'keepalive'),
    version: reply.get('hbversion') ?? '',
    pacemaker: reply.get('pacemaker') ?? 'false',
  };
}

/** Times are told in hex; 0 for what is none. */
function timeIn(reply: Reply, name: string): Millis {
  const time = Number.parseInt(reply.get(name) ?? '0', 16);
  return millis(Number.isNaN(time) ? 0 : time);
}

function badRequest(reply: Reply): ApiError {
  return { kind: 'bad-request', info: reply.get('info') ?? '' };
}

function connectError(error: unknown): ApiError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'not-permitted' };
  return { kind: 'no-daemon', why: error instanceof Error ? error.message : String(error) };
}
