/** The arguments of IPv6addr: `addr[/prefix[/interface]]`, and what is left of them (spec resources 2.2, 12). */
import { isIPv6 } from 'node:net';
import { ipv6Bytes } from '../native/ipv6.ts';
import { type Result, fail, succeed } from '../result.ts';

/** What an IPv6addr resource asks for; what is undefined is to be found out from the routes. */
export interface Address6Request {
  /** As written. */
  readonly address: string;
  /** Its bytes as 32 hexadecimal digits, small letters. */
  readonly hex: string;
  /** 1 to 128. */
  readonly prefix: number | undefined;
  readonly iface: string | undefined;
}

const example = 'IPv6addr::2001:db8:0:0:0:0:0:1/64/eth0';

/**
 * The request that the arguments make, or why they make none, in words for the operator. haresources parts words at `::`, so that an address with
 * it comes in two arguments (`2001:db8` and `1/64`), which are put together again; C's agent is given both, and refuses them.
 */
export function parseAddress6Request(args: readonly string[]): Result<Address6Request, string> {
  if (args.length === 0) return fail(`an address is missing: ${example}`);
  const [address = '', ...parts] = args.join('::').split('/');
  const bytes = isIPv6(address) && !address.includes('%') ? ipv6Bytes(address) : undefined;
  if (bytes === undefined) return fail(`"${address}" is not an IPv6 address, as in ${example}`);
  const given = parts.filter((part) => part !== '');
  const prefix = /^\d+$/.test(given[0] ?? '') ? Number(given[0]) : undefined;
  const [iface, ...more] = prefix === undefined ? given : given.slice(1);
  const wrong = wrongPart(prefix, iface) ?? more[0];
  if (wrong !== undefined) return fail(`"${wrong}" has no place here: address/1-128/interface`);
  return succeed({ address, hex: bytes.toString('hex'), prefix, iface });
}

function wrongPart(prefix: number | undefined, iface: string | undefined): string | undefined {
  if (prefix !== undefined && (prefix < 1 || prefix > 128)) return String(prefix);
  return iface === undefined || /^[^\s:]{1,15}$/.test(iface) ? undefined : iface;
}
