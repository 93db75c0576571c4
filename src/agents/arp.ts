/** Gratuitous ARP (RFC 5227 section 3, RFC 826): how the neighbours learn that an address has moved here. */

const broadcast = new Uint8Array(6).fill(0xff);
const etherType = [0x08, 0x06];
/** Ethernet, IPv4, and the lengths of their addresses. */
const space = [0x00, 0x01, 0x08, 0x00, 6, 4];

/**
 * An ARP request and an ARP reply for `address` (four bytes) from `hardware` (six), as whole Ethernet frames to all. Both kinds are sent because some
 * neighbours believe only the one and some only the other; in both the sender and the target are the address itself, and the
 * target's hardware address is zero in the request, our own in the reply (spec resources 12.1).
 */
export function gratuitousArp(hardware: Uint8Array, address: Uint8Array): readonly Uint8Array[] {
  const frame = (operation: number, target: Uint8Array): Uint8Array =>
    Uint8Array.from([
      ...broadcast,
      ...hardware,
      ...etherType,
      ...space,
      0,
      operation,
      ...hardware,
      ...address,
      ...target,
      ...address,
    ]);
  return [frame(1, new Uint8Array(6)), frame(2, hardware)];
}
