/** Which addresses a host has, without starting a program on it. */
import { readFile } from 'node:fs/promises';

/** The IPv4 addresses in the text of /proc/PID/net/fib_trie: a line `|-- address`, then below it one with `/32 host LOCAL`. */
export function parseLocalAddresses(trie: string): ReadonlySet<string> {
  const found = new Set<string>();
  let address = '';
  for (const line of trie.split('\n')) {
    address = /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1] ?? address;
    if (line.includes('/32 host LOCAL')) found.add(address);
  }
  return found;
}

/** Whether the network of the process `pid` has the address now; a process that ended has none. */
export async function hasAddress(pid: number | undefined, address: string): Promise<boolean> {
  if (pid === undefined) return false;
  const trie = await readFile(`/proc/${String(pid)}/net/fib_trie`, 'utf8').catch(() => '');
  return parseLocalAddresses(trie).has(address);
}
