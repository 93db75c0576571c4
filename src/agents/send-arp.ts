/** The built-in agent SendArp: announces an address that something else sets (spec resources 12). */
import { isIPv4 } from 'node:net';
import { fail, succeed } from '../result.ts';
import type { Announcer } from './announcer.ts';
import type { BuiltIn } from './built-in.ts';

/** `SendArp::ip/interface`. It counts as started for as long as this process lives; a stop ends the announcement. */
export function sendArpAgent(announcer: Announcer): BuiltIn {
  /** Bounded by the resources in haresources. */
  const started = new Set<string>();
  return (args) => {
    const [text = '', ...more] = args;
    const [address = '', iface = '', ...parts] = text.split('/');
    if (!isIPv4(address)) return fail(`"${address}" is not an IPv4 address`);
    if (!/^[^\s/]{1,15}$/.test(iface) || parts.length > 0 || more.length > 0) {
      return fail('an address and an interface are needed, as in SendArp::172.16.100.1/eth0');
    }
    return succeed({
      start: async () => {
        await announcer.announce(iface, address);
        started.add(text);
        return { kind: 'done' };
      },
      stop: () => {
        announcer.stop(address);
        started.delete(text);
        return Promise.resolve({ kind: 'done' });
      },
      status: () => Promise.resolve({ kind: started.has(text) ? 'running' : 'stopped' }),
    });
  };
}
