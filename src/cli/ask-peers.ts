/** Asks the other nodes how they are set up, by ssh as root, for `heartbeat --check --peer`. */
import { fileURLToPath } from 'node:url';
import type { Language } from '../config/language.ts';
import type { ComparedFile, PeerView } from '../config/peer-look.ts';
import type { AskedPeers, PeerAnswer } from '../daemon/check-config.ts';
import type { NodeName } from '../units.ts';
import { readLocalFiles, type LocalFiles } from './propagated-files.ts';
import { readAnswer, readUsers, askScript } from './remote-check.ts';
import { explainFailure } from './remote-failure.ts';
import { askNode, look, type RemoteFailure } from './remote-node.ts';
import type { RemoteView } from './remote-script.ts';
import { runProgram } from './run-program.ts';

/** How long one node may take, in seconds. */
const peerSeconds = 30;

/** All at once, each within thirty seconds; nobody is asked for a password. */
export async function askPeers(
  nodes: readonly NodeName[],
  configDir: string,
  language: Language,
): Promise<AskedPeers> {
  const [users, local, statuses] = await Promise.all([
    usersHere(),
    readLocalFiles(configDir),
    statusesHere(nodes),
  ]);
  const answers = await Promise.all(nodes.map((node) => askPeer(node, local, language)));
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

async function askPeer(node: NodeName, local: LocalFiles, language: Language): Promise<PeerAnswer> {
  const options = { isBatch: true, limit: AbortSignal.timeout(peerSeconds * 1000) };
  const notAsked = (reason: RemoteFailure): PeerAnswer => ({
    kind: 'not-asked',
    node,
    why: explainFailure(node, reason, peerSeconds),
  });
  const seen = await look(node, options);
  if (!seen.ok) return notAsked(seen.reason);
  const said = await askNode(node, askScript(language), options);
  if (!said.ok) return notAsked(said.reason);
  const answer = readAnswer(Buffer.from(said.value, 'latin1').toString());
  if (!answer.ok) return { kind: 'not-asked', node, why: 'its answer cannot be understood' };
  const files = comparedFiles(local, seen.value);
  const view: PeerView = { node, name: seen.value.name, files, ...answer.value };
  return { kind: 'answered', view };
}

function comparedFiles(local: LocalFiles, view: RemoteView): readonly ComparedFile[] {
  const { haCf, authKeys, haresources, extensions } = local.sources;
  const roles = [
    ['ha.cf', haCf.file],
    ['authkeys', authKeys.file],
    ['haresources', haresources.file],
    ['extensions.ini', extensions.file],
  ] as const;
  return roles.map(([role, file]) => ({
    role,
    file,
    here: local.files.find(({ name }) => name === role)?.sum,
    there: view.files.get(role)?.sum,
    textThere: textOf(view.texts.get(role)),
  }));
}

const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();
