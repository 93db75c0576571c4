/** The other side of the register socket, for our own commands: sign on as a casual client, ask, leave (spec client-api 5, 6). */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { text, valueOf, type Field } from '../message/messages.ts';
import { fail, succeed, type Result } from '../result.ts';
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

type Fields = readonly Field[];

/** What the daemon says of itself at sign-on; times in milliseconds. */
export interface Greeting {
  readonly node: string;
  readonly version: string;
  readonly pacemaker: string;
  readonly deadtime: number;
  readonly keepalive: number;
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
    parameters: Fields = [],
  ): Promise<Result<readonly Fields[], ApiError>> {
    this.#connection.send(requestFields(reqtype, parameters));
    const messages: Fields[] = [];
    while (messages.length < maxMessages) {
      const next = await this.#connection.next();
      if (!next.ok) return next;
      if (valueOf(next.value, 'reqtype') !== reqtype) continue;
      messages.push(next.value);
      const result = valueOf(next.value, 'result');
      if (result === 'OK') return succeed(messages);
      if (result !== 'ok/more') return fail(badRequest(next.value));
    }
    return fail({ kind: 'lost' });
  }

  /** Whether client `cn` is signed on at `node`: `online` or `offline`; waits at most `limit` ms for another node's word. */
  async clientStatus(node: string, cn: string, limit: number): Promise<Result<string, ApiError>> {
    this.#connection.send(requestFields('clientstatus', [text('node', node), text('cn', cn)]));
    const deadline = AbortSignal.timeout(limit);
    for (;;) {
      const next = await this.#connection.next(deadline);
      if (!next.ok) return next;
      const cs = valueOf(next.value, 'cs');
      if (cs !== undefined) return succeed(cs);
      if (valueOf(next.value, 'result') === 'badreq') return fail(badRequest(next.value));
    }
  }

  /** Signs off and closes; nothing is waited for. */
  close(): void {
    this.#connection.send(requestFields('signoff', []));
    this.#connection.end();
  }
}

/** Signs on at the socket as a casual client, which asks and listens; `signal` ends the client at any time. */
export async function signOn(
  path: string,
  signal: AbortSignal,
): Promise<Result<ApiClient, ApiError>> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    return fail(signal.aborted ? { kind: 'timed-out' } : connectError(error));
  }
  const connection = new Connection(socket, signal);
  connection.send(requestFields('signon', ownIds()));
  const reply = await connection.next();
  if (!reply.ok) return reply;
  if (valueOf(reply.value, 'result') === 'OK') {
    return succeed(new ApiClient(connection, greetingOf(reply.value)));
  }
  connection.end();
  return fail({ kind: 'refused', info: valueOf(reply.value, 'info') ?? '' });
}

/** Frames in both directions, and the answers that nobody has taken yet. */
class Connection {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #reader = new FrameReader();
  readonly #unread: Fields[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    socket.on('data', (piece: Buffer) => {
      this.#receive(piece);
    });
    socket.on('close', () => {
      this.#wake();
    });
    socket.on('error', () => {
      // 'close' follows at once: a lost connection is told to whoever waits for an answer.
    });
  }

  send(fields: Fields): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(encodeBody(fields)));
  }

  end(): void {
    this.#socket.destroySoon();
  }

  /** The next answer; events for clients are not answers. `deadline` comes before the client's own end. */
  async next(deadline: AbortSignal = this.#signal): Promise<Result<Fields, ApiError>> {
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
      if (fields !== undefined && isAnswer(fields)) this.#unread.push(fields);
    }
    if (this.#unread.length > maxMessages) this.#socket.destroy();
    this.#wake();
  }
}

function isAnswer(fields: Fields): boolean {
  const type = valueOf(fields, 't');
  return type === 'hbapi-resp' || type === 'respond-cstatus';
}

function requestFields(reqtype: string, parameters: Fields): Fields {
  return [
    text('t', 'hbapi-req'),
    text('reqtype', reqtype),
    text('dest', hostname().toLowerCase()),
    text('pid', String(process.pid)),
    text('from_id', String(process.pid)),
    ...parameters,
  ];
}

function ownIds(): Fields {
  return [
    text('uid', String(process.geteuid?.() ?? 0)),
    text('gid', String(process.getegid?.() ?? 0)),
  ];
}

function greetingOf(reply: Fields): Greeting {
  return {
    node: valueOf(reply, 'node') ?? '',
    version: valueOf(reply, 'hbversion') ?? '',
    pacemaker: valueOf(reply, 'pacemaker') ?? 'false',
    deadtime: Number.parseInt(valueOf(reply, 'deadtime') ?? '', 16),
    keepalive: Number.parseInt(valueOf(reply, 'keepalive') ?? '', 16),
  };
}

function badRequest(reply: Fields): ApiError {
  return { kind: 'bad-request', info: valueOf(reply, 'info') ?? '' };
}

function connectError(error: unknown): ApiError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'not-permitted' };
  return { kind: 'no-daemon', why: error instanceof Error ? error.message : String(error) };
}
