/** IPv6 addresses between text and the sixteen bytes of the kernel. */
import { isIPv6 } from 'node:net';
import { ipv4Bytes } from './ipv4.ts';

const groups = 8;

/** The sixteen bytes of an IPv6 address, its scope left out; undefined for anything else. */
export function ipv6Bytes(text: string): Buffer | undefined {
  if (!isIPv6(text)) return undefined;
  const [address = ''] = text.split('%');
  const [head = '', tail] = address.split('::');
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const between = Array.from({ length: groups - front.length - back.length }, () => 0);
  const bytes = Buffer.alloc(2 * groups);
  [...front, ...between, ...back].forEach((word, index) => {
    bytes.writeUInt16BE(word, 2 * index);
  });
  return bytes;
}

/** The interface that an address names after `%`. */
export function scopeOf(text: string): string | undefined {
  return text.split('%')[1];
}

/** The 16-bit groups; a dotted quad at the end is two of them. */
function words(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    const quad = ipv4Bytes(group);
    return quad === undefined
      ? [Number.parseInt(group, 16)]
      : [quad.readUInt16BE(0), quad.readUInt16BE(2)];
  });
}
