/**
 * The address of a load balancer's real server: it has the service address on `lo`, and as long as it has that, it cannot have it as the balancer on
 * another interface (spec resources 12.2).
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InterfaceAddress } from '../native/network.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { Network } from './network.ts';

/** What C's agent writes down: address, bits, mask, interface. Each puts back what the other has taken. */
const recordOf = (address: string): string => `${address} 32 255.255.255.255 lo\n`;
const isRecord = (text: string, address: string): boolean =>
  text.startsWith(`${address} 32 `) && text.trimEnd().endsWith(' lo');

/** Takes `address` away from `lo` if it is there as a single host (/32), and writes that down in `directory`. Fails with words. */
export async function takeFromLoopback(
  network: Pick<Network, 'deleteAddress'>,
  directory: string,
  address: string,
  listed: readonly InterfaceAddress[],
): Promise<Result<'taken' | 'absent', string>> {
  const there = { iface: 'lo', address, prefix: 32 };
  if (!listed.some((one) => one.iface === 'lo' && one.address === address && one.prefix === 32)) {
    return succeed('absent');
  }
  const written = await mkdir(directory, { recursive: true })
    .then(() => writeFile(join(directory, address), recordOf(address)))
    .then(() => succeed(undefined), failure);
  if (!written.ok) return written;
  const deleted = await network.deleteAddress(there);
  return deleted.ok ? succeed('taken') : deleted;
}

/** Puts `address` back on `lo` if it was taken from there. Fails with words. */
export async function giveToLoopback(
  network: Pick<Network, 'addAddress'>,
  directory: string,
  address: string,
): Promise<Result<'given' | 'not-taken', string>> {
  const file = join(directory, address);
  const text = await readFile(file, 'latin1').catch(() => '');
  if (!isRecord(text, address)) return succeed('not-taken');
  const added = await network.addAddress({ iface: 'lo', address, prefix: 32 });
  if (!added.ok) return added;
  return rm(file, { force: true }).then(() => succeed('given' as const), failure);
}

function failure(error: unknown): ReturnType<typeof fail<string>> {
  return fail(error instanceof Error ? error.message : String(error));
}
