/** What a C node complains of: its lines at WARN or above, without what differs from run to run. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Pair, TestNode } from './pair.ts';

/** Each line: story, flow, and a complaint of a C node beside another C node. */
const recordFile = new URL('./vectors/c-beside-c.txt', import.meta.url);

/** Not about the other node: told when the machine is slow, or when the node lost words of its own scripts in its FIFO. */
const ofItsOwn =
  /Dispatch function for .* (took too long|was delayed)|NV failure|Message with zero fields/;

/** The complaints of `node` after the first `from` lines of its log, each once: story, flow and words. */
export async function complaintsOf(
  pair: Pair,
  node: TestNode,
  place: { readonly story: string; readonly flow: string; readonly from: number },
): Promise<readonly string[]> {
  const peer = node === pair.first ? pair.second : pair.first;
  const withoutParticulars = (words: string): string =>
    words.replaceAll(node.name, 'SELF').replaceAll(peer.name, 'PEER').replace(/\d+/g, 'N');
  const said = (await node.log()).slice(place.from).flatMap((line) => {
    const words = /\b(?:WARN|ERROR|CRIT|EMERG|ALERT): .*$/.exec(line)?.[0];
    return words === undefined || ofItsOwn.test(words) ? [] : [withoutParticulars(words)];
  });
  return [...new Set(said)].map((words) => [place.story, place.flow, words].join('\t'));
}

/** Every complaint on record. */
export async function recorded(): Promise<ReadonlySet<string>> {
  const text = await readFile(recordFile, 'utf8').catch(() => '');
  return new Set(text.split('\n').filter((line) => line !== ''));
}

/** Adds what is not on record yet. */
export async function record(complaints: readonly string[]): Promise<void> {
  const known = await recorded();
  const news = complaints.filter((line) => !known.has(line));
  if (news.length > 0) await writeFile(recordFile, `${[...known, ...news].sort().join('\n')}\n`);
}
