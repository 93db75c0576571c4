/** A register socket in a directory of its own, and what it handed to the daemon. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterFacts } from '../../src/clients/facts.ts';
import type { AuthLine } from '../../src/clients/accounts.ts';
import { openClientServer, type ClientServer } from '../../src/clients/server.ts';
import type { PeerCredentials } from '../../src/clients/sign-on.ts';
import { nodeName } from '../../src/units.ts';
import { text, valueOf, type Field } from '../../src/message/messages.ts';
import { peerCredentials } from '../../src/native/sockets.ts';
import { fail, succeed, type Result } from '../../src/result.ts';
import { RawClient } from './raw-client.ts';
import { bothUp } from './setting.ts';

type Fields = readonly Field[];

export interface House extends AsyncDisposable {
  readonly directory: string;
  readonly socket: string;
  readonly server: ClientServer;
  /** What clients and the server submitted to the cluster. */
  readonly submitted: readonly Fields[];
  readonly log: readonly string[];
  connect(): Promise<RawClient>;
  /** Ends the server, as the daemon does when it leaves. */
  end(): void;
}

export interface HouseOptions {
  /** Of an earlier house; a new one when not given. */
  readonly directory?: string;
  readonly facts?: ClusterFacts;
  readonly auth?: readonly AuthLine[];
  /**
   * Who connects; this process as root when not given. `kernel`: whom the kernel says; `unknown`: the machine cannot
   * tell.
   */
  readonly peer?: Partial<PeerCredentials> | 'kernel' | 'unknown';
}

export const ourselves: PeerCredentials = { pid: process.pid, uid: 0, gid: 0 };

/** The built-in entries that the vectors meet. */
const builtIn: readonly AuthLine[] = [
  { client: 'ipfail', uids: ['4711'], gids: [] },
  { client: 'ping', uids: [], gids: ['4711'] },
  { client: 'anon', uids: ['root'], gids: [] },
];

/** `tool` may sign on as root, as in the vectors. */
const toolMay: AuthLine = { client: 'tool', uids: ['root'], gids: [] };

/**
 * The server with a daemon that does what the real one does with a message: it marks it as its own, and publishes it
 * unless it is for another node. Another node answers `query-cstatus`, unless it is about
 * `mute`: only `ipfail` is there.
 */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'hb-clients-')));
  const socket = join(directory, 'heartbeat', 'register');
  const submitted: Fields[] = [];
  const log: string[] = [];
  const leaving = new AbortController();
  const server = await openClientServer({
    path: socket,
    facts: options.facts ?? bothUp,
    auth: [...builtIn, ...(options.auth ?? [toolMay])],
    credentials: (descriptor) => credentialsOf(options.peer ?? {}, descriptor),
    submit: (fields) => {
      submitted.push(fields);
      deliver(server, fields);
    },
    report: ({ level, text: words }) => log.push(`${level}: ${words}`),
    signal: leaving.signal,
  });
  return {
    directory,
    socket,
    server,
    submitted,
    log,
    connect: () => RawClient.connect(socket),
    end: () => {
      leaving.abort();
    },
    [Symbol.asyncDispose]: async () => {
      leaving.abort();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function credentialsOf(
  peer: Partial<PeerCredentials> | 'kernel' | 'unknown',
  descriptor: number,
): Result<PeerCredentials, string> {
  if (peer === 'kernel') return peerCredentials(descriptor);
  return peer === 'unknown' ? fail('no koffi here') : succeed({ ...ourselves, ...peer });
}

function deliver(server: ClientServer, fields: Fields): void {
  const dest = valueOf(fields, 'dest');
  if (dest === undefined || nodeName(dest) === 'api1') {
    const own = fields.filter(({ name }) => name !== 'src');
    server.publish([...own, text('src', 'api1'), text('seq', '1')], 'keep');
  } else if (valueOf(fields, 't') === 'query-cstatus') {
    if (valueOf(fields, 'cn') !== 'mute') server.publish(answerOfPeer(fields), 'keep');
  }
}

function answerOfPeer(query: Fields): Fields {
  const client = valueOf(query, 'cn') ?? '';
  return [
    text('t', 'respond-cstatus'),
    text('dest', 'api1'),
    text('result', 'OK'),
    text('cn', client),
    text('to_id', valueOf(query, 'from_id') ?? ''),
    text('cs', client === 'ipfail' ? 'online' : 'offline'),
    text('src', 'api2'),
  ];
}
