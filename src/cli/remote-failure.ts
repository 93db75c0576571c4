/** Why a node was not reached, in words that say what to do about it. */
import type { NodeName } from '../units.ts';
import type { RemoteFailure } from './remote-node.ts';
import { remoteDirectory } from './remote-script.ts';

interface Sign {
  readonly seen: RegExp;
  words(node: NodeName): string;
}

/** What OpenSSH says, the more telling first. */
const signs: readonly Sign[] = [
  {
    seen: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    words: (node) =>
      `its host key is not the one this machine knows: find out why; if that is right, "ssh-keygen -R ${node}" and try again`,
  },
  {
    seen: /Host key verification failed/,
    words: (node) =>
      `its host key is not known here: "ssh root@${node}" once, and compare the key before you accept it`,
  },
  {
    seen: /Permission denied/,
    words: (node) =>
      `it does not let root of this machine in: "ssh-copy-id root@${node}", or try without --batch to give a password`,
  },
  {
    seen: /Could not resolve hostname/,
    words: (node) => `the name is not known: put ${node} into /etc/hosts of this machine`,
  },
  {
    seen: /Connection refused/,
    words: () => 'no ssh server answers there: install or start openssh-server on it',
  },
  {
    seen: /timed out|No route to host|Network is unreachable|Host is down/,
    words: () => 'it cannot be reached: is it switched on, and the network well?',
  },
];

/** One sentence for people, without control characters. */
export function explainFailure(
  node: NodeName,
  reason: RemoteFailure,
  limitSeconds: number,
): string {
  switch (reason.kind) {
    case 'not-there':
      return `${reason.program} is not installed on this machine: install openssh-client`;
    case 'too-slow':
      return `not done within ${String(limitSeconds)} s (--timeout)`;
    case 'unfit-name':
      return 'this is no host name';
    case 'no-directory':
      return `there is no ${remoteDirectory} on it: install heartbeat there first`;
    case 'failed':
      return explainWords(node, reason.program, reason.stderr);
  }
}

function explainWords(node: NodeName, program: string, stderr: string): string {
  const said = Buffer.from(stderr, 'latin1').toString();
  const last = oneLine(said.trimEnd().split('\n').at(-1) ?? '');
  const own = last.startsWith(`${program}: `) ? last : `${program}: ${last || 'no word of why'}`;
  const sign = signs.find(({ seen }) => seen.test(said));
  return sign === undefined ? own : `${sign.words(node)} (${own})`;
}

const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim();
