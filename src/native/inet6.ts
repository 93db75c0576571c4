/** IPv6 addresses and routes of this machine, in the text form of /proc/net (proc(5), and the kernel's own sources of truth for ip-address(8)). */
import { readFile } from 'node:fs/promises';
import { type Result, fail, succeed } from '../result.ts';

/** One IPv6 address as the kernel holds it. */
export interface Address6 {
  readonly iface: string;
  /** The sixteen bytes as 32 hexadecimal digits, small letters. */
  readonly hex: string;
  /** 0 to 128. */
  readonly prefix: number;
  /** The kernel found another machine with this address, and does not use it. */
  readonly isDuplicate: boolean;
}

/** The connected route that leads to an address. */
export interface Route6 {
  readonly iface: string;
  readonly prefix: number;
}

const flagDadFailed = 0x08;
const routeUp = 0x1;
const routeGateway = 0x2;
const routeReject = 0x200;
const routeLocal = 0x80000000;

/** Every IPv6 address of this network namespace; none where the kernel has no IPv6. Fails with words for the operator. */
export async function addresses6(): Promise<Result<readonly Address6[], string>> {
  const text = await table('/proc/net/if_inet6');
  return text.ok ? succeed(readAddresses6(text.value)) : text;
}

/** The most specific connected route that leads to an address of 32 hexadecimal digits, on any interface but `lo`; undefined when none does. */
export async function connectedRoute6(hex: string): Promise<Result<Route6 | undefined, string>> {
  const text = await table('/proc/net/ipv6_route');
  return text.ok ? succeed(bestRoute6(text.value, hex)) : text;
}

async function table(path: string): Promise<Result<string, string>> {
  return readFile(path, 'latin1').then(succeed, (error: unknown) =>
    isMissing(error)
      ? succeed('')
      : fail(`${path}: ${error instanceof Error ? error.message : String(error)}`),
  );
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Address, index, prefix length, scope, flags, name. */
export function readAddresses6(text: string): readonly Address6[] {
  return text.split('\n').flatMap((line) => {
    const [hex = '', , prefix = '', , flags = '', iface = ''] = line.trim().split(/\s+/);
    if (hex.length !== 32 || iface === '') return [];
    const isDuplicate = (Number.parseInt(flags, 16) & flagDadFailed) !== 0;
    return [{ iface, hex, prefix: Number.parseInt(prefix, 16), isDuplicate }];
  });
}

/** The connected route with the longest prefix, but no single host's; without those of `lo`, which are for what is here. */
export function bestRoute6(text: string, hex: string): Route6 | undefined {
  return text
    .split('\n')
    .flatMap(readRoute6)
    .filter(({ network, prefix }) => isWithin(hex, network, prefix))
    .map(({ iface, prefix }) => ({ iface, prefix }))
    .reduce<Route6 | undefined>(
      (best, one) => (best === undefined || one.prefix > best.prefix ? one : best),
      undefined,
    );
}

/** Destination, its prefix length, source, its length, next hop, metric, counts, flags, interface. */
function readRoute6(line: string): readonly (Route6 & { readonly network: string })[] {
  const [network = '', length = '', ...more] = line.trim().split(/\s+/);
  const [flagsText = '', iface = ''] = more.slice(-2);
  const flags = Number.parseInt(flagsText, 16);
  const prefix = Number.parseInt(length, 16);
  const isConnected =
    (flags & routeUp) !== 0 && (flags & (routeGateway | routeReject | routeLocal)) === 0;
  const isUsable = isConnected && iface !== 'lo' && prefix > 0 && prefix < 128;
  return isUsable ? [{ network, iface, prefix }] : [];
}

/** Whether the first `prefix` bits are the same. */
function isWithin(hex: string, network: string, prefix: number): boolean {
  const bits = (text: string): bigint => BigInt(`0x${text}`) >> BigInt(128 - prefix);
  return network.length === 32 && bits(hex) === bits(network);
}
