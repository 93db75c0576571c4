/** The network through the commands `ip` (iproute2) and `arping` (iputils), for machines where native calls cannot be had. */
import type { InterfaceAddress, Route } from '../native/network.ts';
import { type Result, fail, succeed } from '../result.ts';
import { seconds } from '../units.ts';
import type { Network } from './network.ts';
import { type ScriptCall, type ScriptEnd, runScript } from './run-script.ts';

const limit = seconds(5);

/** Some ten milliseconds a call. The environment's PATH is what finds the two commands. */
export function ipCommandNetwork(call: Pick<ScriptCall, 'environment' | 'directory'>): Network {
  const end = (path: string, args: readonly string[]): Promise<ScriptEnd> =>
    runScript({ ...call, path, args, limit, stdout: 'capture', log: undefined });
  const run = async (path: string, args: readonly string[]): Promise<Result<string, string>> => {
    const ended = await end(path, args);
    if (ended.kind === 'exited' && ended.code === 0) return succeed(ended.output);
    return fail(`${path} ${args.join(' ')}: ${howItEnded(ended)}`);
  };
  const ip = (...args: readonly string[]): Promise<Result<string, string>> => run('ip', args);
  const addresses: Network['addresses'] = async () => {
    const text = await ip('-json', '-4', 'address', 'show');
    return text.ok ? readAddresses(text.value) : text;
  };
  return {
    addresses,
    addAddress: async (wanted) => {
      const { address, prefix, iface, label } = wanted;
      const broadcast = wanted.broadcast === undefined ? [] : ['broadcast', wanted.broadcast];
      const labelled = label === undefined ? [] : ['label', label];
      const place = [`${address}/${String(prefix)}`, ...broadcast, 'dev', iface, ...labelled];
      const added = await ip('address', 'add', ...place);
      if (added.ok) return succeed('added');
      return (await holds(addresses, wanted)) === true ? succeed('present') : added;
    },
    deleteAddress: async (old) => {
      const place = [`${old.address}/${String(old.prefix)}`, 'dev', old.iface];
      const deleted = await ip('address', 'delete', ...place);
      if (deleted.ok) return succeed('deleted');
      return (await holds(addresses, old)) === false ? succeed('absent') : deleted;
    },
    bringUp: async (iface) => {
      const link = await ip('-json', 'link', 'show', 'dev', iface);
      if (!link.ok) return link;
      if (linkFlags(link.value).has('UP')) return succeed('was-up');
      const set = await ip('link', 'set', 'dev', iface, 'up');
      return set.ok ? succeed('brought-up') : set;
    },
    routeTo: async (address) => {
      const text = await ip('-json', '-4', 'route', 'show', 'table', 'main', 'match', address);
      return text.ok ? readRoute(text.value) : text;
    },
    sendArp: async (iface, address, owner) => {
      if (owner !== undefined) return fail('arping speaks only for its own machine');
      const options = ['-q', '-c', '1', '-w', '1', '-I', iface, '-s', address];
      const request = await run('arping', ['-U', ...options, address]);
      return request.ok ? sentReply(await run('arping', ['-A', ...options, address])) : request;
    },
    probe: async (iface, address) => {
      const link = await ip('-json', 'link', 'show', 'dev', iface);
      if (!link.ok) return link;
      const flags = linkFlags(link.value);
      if (!flags.has('LOWER_UP')) return fail(`${iface} is down or has no carrier`);
      return readProbe(await end('arping', ['-D', '-c', '3', '-w', '1', '-I', iface, address]));
    },
  };
}

function howItEnded(end: ScriptEnd): string {
  return end.kind === 'exited' ? `exited ${String(end.code)}` : end.kind;
}

function sentReply(reply: Result<string, string>): Result<'sent', string> {
  return reply.ok ? succeed('sent') : reply;
}

/** Undefined when the addresses cannot be listed: then the failure of the change stands. */
async function holds(
  addresses: Network['addresses'],
  wanted: Pick<InterfaceAddress, 'iface' | 'address' | 'prefix'>,
): Promise<boolean | undefined> {
  const listed = await addresses();
  if (!listed.ok) return undefined;
  return listed.value.some(
    (held) =>
      held.iface === wanted.iface &&
      held.address === wanted.address &&
      held.prefix === wanted.prefix,
  );
}

/** What `ip -json -4 address show` printed. */
export function readAddresses(json: string): Result<readonly InterfaceAddress[], string> {
  const links = parseList(json);
  if (links === undefined) return fail('ip address show: its output is not understood');
  return succeed(
    links.flatMap((link) => {
      const infos = Array.isArray(link['addr_info']) ? link['addr_info'].filter(isRecord) : [];
      return infos.flatMap((info) => readAddress(link, info));
    }),
  );
}

function readAddress(link: Facts, info: Facts): readonly InterfaceAddress[] {
  const { ifname: iface, ifindex: index } = link;
  const { local: address, prefixlen: prefix, label, broadcast } = info;
  if (typeof iface !== 'string' || typeof index !== 'number') return [];
  if (typeof address !== 'string' || typeof prefix !== 'number') return [];
  return [
    {
      iface,
      index,
      address,
      prefix,
      label: typeof label === 'string' ? label : iface,
      broadcast: typeof broadcast === 'string' ? broadcast : undefined,
    },
  ];
}

/** The most specific of the routes that `ip -json -4 route show match` printed. */
export function readRoute(json: string): Result<Route | undefined, string> {
  const routes = parseList(json);
  if (routes === undefined) return fail('ip route show: its output is not understood');
  const usable = routes.flatMap((route): readonly Route[] => {
    const { dev: iface, dst } = route;
    if (typeof iface !== 'string' || typeof dst !== 'string') return [];
    const prefix = dst === 'default' ? 0 : Number(dst.split('/')[1] ?? '32');
    return [{ iface, prefix, connected: route['gateway'] === undefined }];
  });
  return succeed(usable.sort((one, other) => other.prefix - one.prefix)[0]);
}

/** What `ip -json link show` printed of one interface: `UP`, `LOWER_UP`; none where it is not understood. */
export function linkFlags(json: string): ReadonlySet<unknown> {
  const flags = parseList(json)?.[0]?.['flags'];
  return new Set(Array.isArray(flags) ? flags : []);
}

/**
 * Who answered `arping -D`: the hardware address, or undefined when nobody did. Only its own words count: another program of the same name
 * ends with 0 when somebody has answered.
 */
export function readProbe(end: ScriptEnd): Result<string | undefined, string> {
  if (end.kind !== 'exited') return fail(`arping: ${end.kind}`);
  const answered = /\[((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\]/i.exec(end.output)?.[1];
  if (answered !== undefined) return succeed(answered.toLowerCase());
  const isSilent = end.code === 0 && end.output.includes('Received 0 response');
  return isSilent ? succeed(undefined) : fail(`arping: ${howItEnded(end)}`);
}

type Facts = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Facts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The records of a JSON list; an empty text, which `ip` prints when there is nothing, is an empty list. */
function parseList(json: string): readonly Facts[] | undefined {
  if (json.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter(isRecord) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
