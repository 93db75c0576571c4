/** The built-in agent IPsrcaddr: what this machine sends by itself comes from a service address (spec resources 12). */
import { isIPv4 } from 'node:net';
import type { Outcome } from '../haresources/types.ts';
import { lastAddress } from '../native/ipv4.ts';
import type { InterfaceAddress } from '../native/network.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed, hasSucceeded, wordsOf } from './built-in.ts';
import type { Network } from './network.ts';

/** A route of the main table, as `ip route` writes it and takes it. */
interface RouteLine {
  /** `default`, or a network. */
  readonly destination: string;
  /** All that follows the destination, without `src`. */
  readonly rest: readonly string[];
  readonly iface: string | undefined;
  readonly gateway: string | undefined;
  readonly source: string | undefined;
}

interface Place {
  readonly routes: readonly RouteLine[];
  readonly addresses: readonly InterfaceAddress[];
}

const notInstalled = 5;
/** What the kernel tells of a route, and cannot be told. */
const stateWords = new Set(['linkdown', 'dead', 'offload', 'rt_offload', 'trap', 'rt_trap']);
const routeTypes = /^(blackhole|unreachable|prohibit|throw|local|broadcast|multicast|anycast|nat)$/;

/**
 * `IPsrcaddr::ip`. From start to stop the address, which must be up, is the source of the default route of its interface and of the connected
 * route that leads to it. A stop gives them back to the interface's first other address.
 */
export function ipsrcaddrWith(network: Pick<Network, 'addresses'>): BuiltIn {
  return ([address = '', ...more]) => {
    if (!isIPv4(address)) return fail(`"${address}" is not an IPv4 address`);
    if (more.length > 0) return fail('one argument, as in IPsrcaddr::172.16.100.1');
    const inPlace =
      (act: (place: Place, address: string, call: BuiltInCall) => Promise<Outcome>) =>
      async (call: BuiltInCall): Promise<Outcome> => {
        const place = await lookAround(network, call);
        return place.ok ? act(place.value, address, call) : failed(place.reason);
      };
    return succeed({ start: inPlace(start), stop: inPlace(stop), status: inPlace(status) });
  };
}

async function lookAround(
  network: Pick<Network, 'addresses'>,
  call: BuiltInCall,
): Promise<Result<Place, string>> {
  const addresses = await network.addresses();
  if (!addresses.ok) return addresses;
  const listed = await call.run('ip', ['-4', '-o', 'route', 'show', 'table', 'main']);
  if (listed.kind !== 'exited' || listed.code !== 0) return fail(`ip route: ${wordsOf(listed)}`);
  return succeed({ addresses: addresses.value, routes: readRoutes(listed.output) });
}

/** The routes that `ip -o route show` printed, without those that lead nowhere. */
function readRoutes(text: string): readonly RouteLine[] {
  return text.split('\n').flatMap((line) => {
    const [destination = '', ...words] = line.split(/[\s\\]+/).filter((word) => word !== '');
    if (destination === '' || routeTypes.test(destination)) return [];
    const after = (word: string): string | undefined => {
      const at = words.indexOf(word);
      return at === -1 ? undefined : words[at + 1];
    };
    const isSource = (at: number): boolean => words[at] === 'src' || words[at - 1] === 'src';
    const rest = words.filter((word, at) => !isSource(at) && !stateWords.has(word));
    const source = after('src');
    return [{ destination, rest, iface: after('dev'), gateway: after('via'), source }];
  });
}

function status({ routes }: Place, address: string): Promise<Outcome> {
  const runs = routes.some((route) => isDefault(route) && route.source === address);
  return Promise.resolve({ kind: runs ? 'running' : 'stopped' });
}

async function start(place: Place, address: string, call: BuiltInCall): Promise<Outcome> {
  const held = place.addresses.find((one) => one.address === address && one.iface !== 'lo');
  if (held === undefined) return failed(`${address} is on no interface`, notInstalled);
  const here = place.routes.filter(({ iface }) => iface === held.iface);
  const byDefault = here.find(isDefault);
  if (byDefault === undefined) return failed(`there is no default route through ${held.iface}`);
  const connected = here.filter((route) => isConnected(route) && leadsTo(route, address));
  for (const route of [...connected, byDefault]) {
    const set = await setSource(route, address, call);
    if (!set.ok) return failed(set.reason);
  }
  return { kind: 'done' };
}

async function stop(place: Place, address: string, call: BuiltInCall): Promise<Outcome> {
  const others = place.addresses.filter((one) => one.address !== address);
  for (const route of place.routes.filter(({ source }) => source === address)) {
    const here = others.filter(({ iface }) => iface === route.iface);
    const owner = isDefault(route) ? ownerOfDefault(route, here) : ownerOf(route, here);
    // The connected route of a network that has no other address here is its own.
    if (owner === undefined && !isDefault(route)) continue;
    const set = await setSource(route, owner?.address, call);
    if (!set.ok) return failed(set.reason);
  }
  return { kind: 'done' };
}

const isDefault = ({ destination }: RouteLine): boolean => destination === 'default';

const isConnected = (route: RouteLine): boolean => !isDefault(route) && route.gateway === undefined;

function leadsTo({ destination }: RouteLine, address: string): boolean {
  const [network = '', bits = '32'] = destination.split('/');
  return lastAddress(network, Number(bits)) === lastAddress(address, Number(bits));
}

/** The address with which the kernel made this connected route. */
function ownerOf(
  route: RouteLine,
  here: readonly InterfaceAddress[],
): InterfaceAddress | undefined {
  const bits = Number(route.destination.split('/')[1] ?? '32');
  return here.find(({ address, prefix }) => prefix === bits && leadsTo(route, address));
}

function ownerOfDefault(
  { gateway = '' }: RouteLine,
  here: readonly InterfaceAddress[],
): InterfaceAddress | undefined {
  const near = here.find(
    ({ address, prefix }) => lastAddress(address, prefix) === lastAddress(gateway, prefix),
  );
  return near ?? here[0];
}

/** The source stands before the next hops of a route that has several. */
async function setSource(
  { destination, iface, rest, source }: RouteLine,
  wanted: string | undefined,
  call: BuiltInCall,
): Promise<Result<undefined, string>> {
  if (source === wanted) return succeed(undefined);
  const words = wanted === undefined ? [] : ['src', wanted];
  const end = await call.run('ip', ['-4', 'route', 'replace', destination, ...words, ...rest]);
  if (!hasSucceeded(end)) return fail(`the route to ${destination}: ${wordsOf(end)}`);
  const what = `${destination} dev ${iface ?? ''}`;
  call.log(
    'info',
    `${what} has ${wanted === undefined ? 'no source' : `the source ${wanted}`} now`,
  );
  return succeed(undefined);
}
