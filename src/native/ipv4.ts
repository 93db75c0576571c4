/** IPv4 addresses between text and the four bytes of the kernel. */
import { isIPv4 } from 'node:net';

/** The four bytes of a dotted quad; undefined for anything else. */
export function ipv4Bytes(text: string): Buffer | undefined {
  return isIPv4(text) ? Buffer.from(text.split('.').map(Number)) : undefined;
}

/** The dotted quad of the first four bytes. */
export function ipv4Text(bytes: Uint8Array): string {
  return bytes.subarray(0, 4).join('.');
}

/** The address as an unsigned number, for masks. */
export function ipv4Number(text: string): number | undefined {
  return ipv4Bytes(text)?.readUInt32BE(0);
}

/** Where a network of `prefix` bits ends: its highest address, which is its broadcast address. `prefix` is 0 to 32. */
export function lastAddress(text: string, prefix: number): string | undefined {
  const bytes = ipv4Bytes(text);
  if (bytes === undefined) return undefined;
  const hostBits = prefix === 0 ? 0xffffffff : 2 ** (32 - prefix) - 1;
  bytes.writeUInt32BE((bytes.readUInt32BE(0) | hostBits) >>> 0);
  return ipv4Text(bytes);
}
