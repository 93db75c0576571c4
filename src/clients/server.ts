/** The register socket, where every program of this machine that uses the client API connects (spec client-api 5 to 9). */
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { dirname } from 'node:path';
import type { LogLine } from '../log-line.ts';
import type { Field } from '../message/messages.ts';
import type { Result } from '../result.ts';
import { accountsOf, resolveAuth, type Accounts, type AuthLine } from './accounts.ts';
import { ClientTable } from './client-table.ts';
import type { ClientQuery } from './cluster-message.ts';
import type { EventKind } from './events.ts';
import type { ClusterFacts } from './facts.ts';
import { ReportLimit } from './report-limit.ts';
import type { PeerCredentials } from './sign-on.ts';

/** Connections at once, signed on or not. */
const maxConnections = 256;

/** Whose the directory of the socket is. */
const clusterUser = 'hacluster';
const clusterGroup = 'haclient';

export interface ClientServerOptions {
  /** Of the socket; its directory is made when it is missing. */
  readonly path: string;
  readonly facts: ClusterFacts;
  /** The `apiauth` entries in force, the built-in ones included. */
  readonly auth: readonly AuthLine[];
  /** Who is at the other end of a connected socket; fails where this machine cannot tell. */
  readonly credentials: (descriptor: number) => Result<PeerCredentials, string>;
  /** Takes a message for the cluster, without header: the daemon numbers, stamps, signs, sends and publishes it. */
  readonly submit: (fields: readonly Field[]) => void;
  readonly report: (line: LogLine) => void;
  /** Ends the server: every connection is closed and the socket's name removed. */
  readonly signal: AbortSignal;
}

export interface ClientServer {
  /** Hands an event to the clients that want its kind: the one that `to_id` names, or all of them. */
  publish(fields: readonly Field[], kind: EventKind): void;
  /** Takes nothing more from clients that have signed on, or goes on; they hear what happens all the same. */
  pause(arePaused: boolean): void;
  /** Tells another node whether a client is signed on here; the answer is submitted. */
  answerQuery(query: ClientQuery): void;
}

/** An open register socket, 0777, its directory's mode being the guard. Rejects when it cannot be made. */
export async function openClientServer(options: ClientServerOptions): Promise<ClientServer> {
  const accounts = await accountsOf({
    users: [clusterUser, ...options.auth.flatMap(({ uids }) => uids)],
    groups: [clusterGroup, ...options.auth.flatMap(({ gids }) => gids)],
  });
  const { table, unknown } = resolveAuth(options.auth, accounts);
  if (unknown.length > 0) {
    const words = unknown.join(', ');
    options.report({ level: 'info', text: `apiauth: no such user or group here: ${words}` });
  }
  const clients = new ClientTable({ ...options, table });
  await makeDirectory(dirname(options.path), accounts);
  await listen(options, (socket) => {
    clients.connected(socket);
  });
  options.signal.addEventListener('abort', () => {
    clients.end();
  });
  return {
    publish: (fields, kind) => {
      clients.publish(fields, kind);
    },
    pause: (arePaused) => {
      clients.pause(arePaused);
    },
    answerQuery: (query) => {
      clients.answerQuery(query);
    },
  };
}

/** As the package makes it: only root, hacluster and members of haclient come in. One that exists is left as it is. */
async function makeDirectory(path: string, accounts: Accounts): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o750 });
  const user = accounts.users.get(clusterUser);
  const group = accounts.groups.get(clusterGroup);
  if (made === undefined || user === undefined || group === undefined) return;
  if (process.geteuid?.() === 0) await chown(path, user, group);
}

/** A name left over from a daemon that was killed is removed first. */
async function listen(
  options: ClientServerOptions,
  connected: (socket: Socket) => void,
): Promise<void> {
  await rm(options.path, { force: true });
  const server = createServer(connected);
  server.maxConnections = maxConnections;
  server.listen({ path: options.path, backlog: 128, signal: options.signal });
  await once(server, 'listening', { signal: options.signal });
  reportTrouble(server, options.report);
  await chmod(options.path, 0o777);
}

function reportTrouble(server: Server, report: (line: LogLine) => void): void {
  server.on('error', (error) => {
    report({ level: 'WARN', text: `API socket: ${error.message}` });
  });
  const limited = new ReportLimit<'full'>(report);
  server.on('drop', () => {
    limited.say('full', 'WARN', `API client not let in: ${String(maxConnections)} are here`);
  });
}
