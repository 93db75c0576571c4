/** /etc/hosts: which names stand for which IPv4 addresses. */
import { linesOf, wordsOf, type Word } from './words.ts';

/** One name of a line. */
export interface HostsEntry {
  /** Lower case. */
  readonly name: string;
  readonly address: string;
  readonly at: Word['at'];
}

/** No hosts file is read further than this. */
const maxEntries = 10_000;

/** The names of a hosts file in its order, at most 10,000; lines with other than IPv4 addresses are left out. */
export function parseHosts(text: string, file: string): readonly HostsEntry[] {
  const entries: HostsEntry[] = [];
  for (const [index, raw] of linesOf(text).entries()) {
    const at = { file, line: index + 1, column: 1 };
    const [address, ...names] = wordsOf(raw.replace(/#.*$/s, ''), at, /\s+/g);
    if (address === undefined || !/^\d+\.\d+\.\d+\.\d+$/.test(address.text)) continue;
    for (const name of names) {
      if (entries.length === maxEntries) return entries;
      entries.push({ name: name.text.toLowerCase(), address: address.text, at: name.at });
    }
  }
  return entries;
}
