/** Asks the other nodes how they are set up, by ssh as root, for `heartbeat --check --peer`. */
import { fileURLToPath } from 'node:url';
import type { Language } from '../config/language.ts';
import type { ComparedFile } from '../config/peer-look.ts';
import type { AskedPeers, PeerAnswer } from '../daemon/check-config.ts';
import { fail, type Result } from '../result.ts';
import { nodeName, type NodeName } from '../units.ts';
import { readLocalFiles, type LocalFiles } from './propagated-files.ts';
import { askScript, readAnswer, readUsers, type RemoteAnswer } from './remote-check.ts';
import { explainFailure } from './remote-failure.ts';
import { askNode, look, type RemoteFailure, type RemoteOptions } from './remote-node.ts';
import type { RemoteView } from './remote-script.ts';
import { runProgram } from './run-program.ts';

/** How long one node may take, in seconds. */
const peerSeconds = 30;

export interface PeerOptions {
  /** Where the files of this machine are. */
  readonly configDir: string;
  /** Of what the others are to tell. */
  readonly language: Language;
}

/** All at once, each within thirty seconds; nobody is asked for a password. */
export async function askPeers(
  nodes: readonly NodeName[],
  storageHosts: readonly string[],
  { configDir, language }: PeerOptions,
): Promise<AskedPeers> {
  const [users, local, statuses] = await Promise.all([
    usersHere(),
    readLocalFiles(configDir),
    statusesHere(nodes),
  ]);
  const answers = await Promise.all([
    ...nodes.map((node) => askPeer(node, local, language)),
    ...storageHosts.map((host) => askStorage(host, language)),
  ]);
  return { users, statuses, answers };
}

/** Our own cl_status stands beside the other commands. */
const clStatus = fileURLToPath(new URL('./cl-status.js', import.meta.url));

/** What the daemon of this machine says of these nodes; none where no daemon runs. */
async function statusesHere(nodes: readonly NodeName[]): Promise<ReadonlyMap<string, string>> {
  const limit = AbortSignal.timeout(peerSeconds * 1000);
  const found = nodes.map(async (node): Promise<readonly [string, string][]> => {
    const args = [clStatus, 'nodestatus', node];
    const end = await runProgram({ program: process.execPath, args, input: '', limit });
    return end.kind === 'ended' && end.code === 0 ? [[node, end.stdout.trim()]] : [];
  });
  return new Map((await Promise.all(found)).flat());
}

async function usersHere(): Promise<ReadonlyMap<string, number>> {
  const limit = AbortSignal.timeout(peerSeconds * 1000);
  const end = await runProgram({ program: 'getent', args: ['passwd'], input: '', limit });
  const lines = end.kind === 'ended' ? end.stdout.split('\n') : [];
  return readUsers(
    lines.map((line) => line.split(':')).map(([name, , uid]) => `${name ?? ''}:${uid ?? ''}`),
  );
}

const notAsked = (name: NodeName, reason: RemoteFailure): PeerAnswer => ({
  kind: 'not-asked',
  name,
  why:
    reason.kind === 'too-slow'
      ? `no answer within ${String(peerSeconds)} s`
      : explainFailure(name, reason, peerSeconds),
});

const remoteOptions = (): RemoteOptions => ({
  isBatch: true,
  limit: AbortSignal.timeout(peerSeconds * 1000),
});

/** What a shell on the machine prints; rejects never. */
async function askMachine(
  name: NodeName,
  language: Language,
  options: RemoteOptions,
): Promise<Result<RemoteAnswer, PeerAnswer>> {
  const said = await askNode(name, askScript(language), options);
  if (!said.ok) return fail(notAsked(name, said.reason));
  const answer = readAnswer(Buffer.from(said.value, 'latin1').toString());
  const why = 'its answer cannot be understood';
  return answer.ok ? answer : fail({ kind: 'not-asked', name, why });
}

async function askPeer(node: NodeName, local: LocalFiles, language: Language): Promise<PeerAnswer> {
  const options = remoteOptions();
  const seen = await look(node, options);
  if (!seen.ok) return notAsked(node, seen.reason);
  const answer = await askMachine(node, language, options);
  if (!answer.ok) return answer.reason;
  const files = comparedFiles(local, seen.value);
  return { kind: 'node', view: { node, name: seen.value.name, files, ...answer.value } };
}

async function askStorage(host: string, language: Language): Promise<PeerAnswer> {
  const answer = await askMachine(nodeName(host), language, remoteOptions());
  return answer.ok ? { kind: 'storage', view: { host, ...answer.value } } : answer.reason;
}

function comparedFiles(local: LocalFiles, view: RemoteView): readonly ComparedFile[] {
  const { haCf, authKeys, haresources, extensions } = local.sources;
  const roles = [
    ['ha.cf', haCf.file],
    ['authkeys', authKeys.file],
    ['haresources', haresources.file],
    ['extensions.ini', extensions.file],
  ] as const;
  // What this user may not read cannot be compared.
  const closed = [haCf, authKeys, haresources, extensions].flatMap((source) =>
    source.kind === 'unreadable' && source.why !== 'absent' ? source.file : [],
  );
  return roles
    .filter(([, file]) => !closed.includes(file))
    .map(([role, file]) => ({
      role,
      file,
      here: local.files.find(({ name }) => name === role)?.sum,
      there: view.files.get(role)?.sum,
      textThere: textOf(view.texts.get(role)),
    }));
}

const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();
