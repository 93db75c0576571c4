/** Which addresses a medium may have as its peer or its group (spec config 5). */

const ipv4Group = /^(?:22[4-9]|23\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
/** ff, no flag but "transient", and the scope: link, admin, site or organization. */
const ipv6Group = /^ff[01][2458]$/;

/** Whether a group can be joined: 224/4, or an IPv6 group of a scope that C takes, with an id that is not all zero. */
export function isGroup(kind: 'mcast' | 'mcast6', address: string): boolean {
  if (kind === 'mcast') return ipv4Group.test(address);
  const words = wordsOf(address);
  const [first = '', ...id] = words ?? [];
  return ipv6Group.test(first) && id.some((word) => Number.parseInt(word, 16) !== 0);
}

/** Whether an IPv6 address, with or without `%interface`, can be a peer: no group, not unspecified, not the loopback. */
export function isPeer6(address: string): boolean {
  const [plain = '', scope, ...more] = address.split('%');
  const words = wordsOf(plain);
  if (words === undefined || scope === '' || more.length > 0 || plain.startsWith('ff'))
    return false;
  const [last = '0', ...before] = [...words].reverse();
  const isShort = before.every((word) => Number.parseInt(word, 16) === 0);
  return !(isShort && Number.parseInt(last, 16) <= 1);
}

/** The eight groups of an IPv6 address in lower case; undefined for anything else. */
function wordsOf(address: string): readonly string[] | undefined {
  const halves = withoutQuad(address.toLowerCase()).split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const words = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  return words.every((word) => /^[0-9a-f]{1,4}$/.test(word)) ? words : undefined;
}

/** A dotted quad at the end stands for two groups. */
function withoutQuad(address: string): string {
  return address.replace(/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (quad, ...parts) => {
    const [a = 256, b = 256, c = 256, d = 256] = parts.slice(0, 4).map(Number);
    if ([a, b, c, d].some((byte) => byte > 255)) return quad;
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}
