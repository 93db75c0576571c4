/** The captured runs of C's `cl_status` (spec client-api 11), and the cluster that they saw. */
import type { ClusterFacts } from '../../src/clients/facts.ts';
import { openHouse, type House } from '../clients/house.ts';
import { bothUp, cases, peerDead } from '../clients/setting.ts';

export interface Case {
  readonly state: string;
  readonly command: string;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

const seen = new Map<string, ClusterFacts>([
  ['both nodes up, ipfail on both, auto_failback off', bothUp],
  ['peer api2 dead (deadtime passed)', peerDead],
]);

async function casesOf(state: string): Promise<readonly Case[]> {
  const all = await cases<Case>('cl_status.json');
  return all.filter((one) => one.state === state);
}

/** The states in which a daemon runs, each with what it knows and what was seen. */
export async function states(): Promise<
  readonly { state: string; facts: ClusterFacts; runs: readonly Case[] }[]
> {
  return Promise.all(
    [...seen].map(async ([state, facts]) => ({ state, facts, runs: await casesOf(state) })),
  );
}

export const withoutDaemon = (): Promise<readonly Case[]> => casesOf('local daemon not running');

/** A daemon with `ipfail` signed on, as whoever runs the tests. */
export async function openWithIpfail(facts: ClusterFacts): Promise<House> {
  const uid = String(process.geteuid?.() ?? 0);
  const gid = String(process.getegid?.() ?? 0);
  const auth = ['anon', 'ipfail'].map((client) => ({ client, uids: [uid], gids: [] }));
  const house = await openHouse({ facts, auth, peer: 'kernel' });
  const ipfail = await house.connect();
  const pid = `pid=${String(process.pid)}`;
  ipfail.say('t=hbapi-req', 'reqtype=signon', pid, 'from_id=ipfail', `uid=${uid}`, `gid=${gid}`);
  await ipfail.hear();
  return house;
}

/** The words behind `cl_status`. */
export const wordsOf = ({ command }: Case): readonly string[] => command.split(' ').slice(1);

/** Output as the cases have it: without the newlines at its end. */
export const trimmed = (output: string): string => output.replace(/\n+$/, '');
