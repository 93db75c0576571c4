/** Names of hosts become addresses, within a limit. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const lookupLimitMillis = 5_000;

/** A host's address of this version of IP; undefined when there is none, or nobody answered within 5 s. */
export async function lookUpHost(host: string, version: 4 | 6): Promise<string | undefined> {
  if (isIP(host) !== 0) return isIP(host) === version ? host : undefined;
  const limit = new AbortController();
  const late = wait(lookupLimitMillis, undefined, { signal: limit.signal }).catch(() => undefined);
  const found = lookup(host, version).then(
    ({ address }) => address,
    () => undefined,
  );
  const first = await Promise.race([found, late]);
  limit.abort();
  return first;
}
