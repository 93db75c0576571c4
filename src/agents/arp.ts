/** ARP frames (RFC 826, RFC 5227): how the neighbours learn that an address has moved here, and how we learn that one of them has it. */

const broadcast = new Uint8Array(6).fill(0xff);
const nobody = new Uint8Array(6);
const noAddress = new Uint8Array(4);
const request = 1;
const reply = 2;
/** The type of the frame; then Ethernet, IPv4, and the lengths of their addresses. */
const arpOverEthernet = [0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4];
const arpFrameBytes = 42;

/**
 * An ARP request and an ARP reply for `address` (four bytes) from `hardware` (six), as whole Ethernet frames to all. Both kinds are sent because some
 * neighbours believe only the one and some only the other; in both the sender and the target are the address itself, and the
 * target's hardware address is zero in the request, the sender's in the reply (spec resources 12.1). `source` is the Ethernet address of the frames,
 * where another machine's address is told: a switch learns from it where its owner is.
 */
export function gratuitousArp(
  hardware: Uint8Array,
  address: Uint8Array,
  source: Uint8Array = hardware,
): readonly Uint8Array[] {
  const frame = (operation: 1 | 2, target: Uint8Array): Uint8Array =>
    Uint8Array.from([
      ...broadcast,
      ...source,
      ...arpFrame(operation, { hardware, address }, { hardware: target, address }).subarray(12),
    ]);
  return [frame(request, nobody), frame(reply, hardware)];
}

/** The question who has `address` (four bytes), in which the sender names no address of its own: no neighbour's table changes (RFC 5227 1.1). */
export function arpProbe(hardware: Uint8Array, address: Uint8Array): Uint8Array {
  return arpFrame(request, { hardware, address: noAddress }, { hardware: nobody, address });
}

/**
 * Whose frame says that it has `address`, or is about to take it: the six bytes of the sender, from any ARP frame that it sent as
 * `address`, or from its own probe (RFC 5227 2.1.1). Undefined for all other frames, and for whatever is no ARP for IPv4.
 */
export function claimantOf(frame: Uint8Array, address: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(frame);
  if (
    bytes.length < arpFrameBytes ||
    !bytes.subarray(12, 20).equals(Buffer.from(arpOverEthernet))
  ) {
    return undefined;
  }
  const sender = bytes.subarray(28, 32);
  const target = bytes.subarray(38, 42);
  const isProbe = bytes.readUInt16BE(20) === request && sender.equals(noAddress);
  const claims = sender.equals(address) || (isProbe && target.equals(address));
  return claims ? bytes.subarray(22, 28) : undefined;
}

interface Party {
  readonly hardware: Uint8Array;
  readonly address: Uint8Array;
}

function arpFrame(operation: 1 | 2, sender: Party, target: Party): Uint8Array {
  return Uint8Array.from([
    ...broadcast,
    ...sender.hardware,
    ...arpOverEthernet,
    0,
    operation,
    ...sender.hardware,
    ...sender.address,
    ...target.hardware,
    ...target.address,
  ]);
}
