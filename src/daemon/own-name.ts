/** This node's name (spec config 1). */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type NodeName, nodeName } from '../units.ts';

/** The first line of `nodeinfo` where that file has a whole one, else `uname -n`; lower case. */
export async function ownName(nodeInfo: string): Promise<NodeName> {
  const text = await readFile(nodeInfo, 'utf8').catch(() => '');
  const [line, ...rest] = text.split('\n');
  const isWhole = rest.length > 0 && line !== undefined && line.trim() !== '';
  return nodeName(isWhole ? line.trim() : hostname());
}
