/** The kernel's main table of IPv4 routes in the text form of /proc/net/route (proc(5)). */
import { ipv4Number } from './ipv4.ts';

/** One line of the table. */
export interface TableRow {
  readonly iface: string;
  /** 0 to 32. */
  readonly prefix: number;
  /** No gateway between. */
  readonly connected: boolean;
  readonly network: number;
  readonly mask: number;
  readonly metric: number;
}

const flagUp = 0x1;
const flagGateway = 0x2;
const flagReject = 0x200;

/** The route of `table` that the kernel prefers for `address`: longest prefix, then lowest metric. Lines it cannot read are skipped. */
export function bestRoute(table: string, address: string): TableRow | undefined {
  const wanted = ipv4Number(address);
  if (wanted === undefined) return undefined;
  let best: TableRow | undefined;
  for (const line of table.split('\n').slice(1)) {
    const row = parseRow(line);
    if (row === undefined) continue;
    const leadsThere = (wanted & row.mask) >>> 0 === row.network;
    if (leadsThere && (best === undefined || isBetter(row, best))) best = row;
  }
  return best;
}

function isBetter(row: TableRow, than: TableRow): boolean {
  return row.prefix > than.prefix || (row.prefix === than.prefix && row.metric < than.metric);
}

/** Iface, destination, gateway, flags, refcount, use, metric, mask, …; addresses are the kernel's memory read as hexadecimal. */
function parseRow(line: string): TableRow | undefined {
  const [iface, destination, , flagsText, , , metricText, maskText] = line.trim().split(/\s+/);
  if (iface === undefined || destination === undefined || maskText === undefined) return undefined;
  const flags = Number.parseInt(flagsText ?? '', 16);
  if ((flags & flagUp) === 0 || (flags & flagReject) !== 0) return undefined;
  const mask = swapped(maskText);
  return {
    iface,
    network: swapped(destination),
    mask,
    prefix: mask.toString(2).replaceAll('0', '').length,
    metric: Number(metricText),
    connected: (flags & flagGateway) === 0,
  };
}

function swapped(hexadecimal: string): number {
  const bytes = Buffer.from(hexadecimal.padStart(8, '0').slice(0, 8), 'hex');
  return bytes.length === 4 ? bytes.readUInt32LE(0) : 0;
}
