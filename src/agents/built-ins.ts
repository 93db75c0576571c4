/** Every agent inside this process, by its name. */
import { succeed } from '../result.ts';
import type { BuiltIn } from './built-in.ts';
import { filesystem } from './filesystem.ts';
import type { BuiltInName } from './find-agent.ts';
import { parseAddressRequest } from './ipaddr-arguments.ts';
import type { IpAddr } from './ipaddr.ts';

export type BuiltIns = Readonly<Record<BuiltInName, BuiltIn>>;

/** What they share with the rest of the room. */
export interface Surroundings {
  readonly ipAddr: IpAddr;
}

export function builtInsWith({ ipAddr }: Surroundings): BuiltIns {
  return { Filesystem: filesystem, IPaddr: ipaddrWith(ipAddr) };
}

function ipaddrWith(ipAddr: IpAddr): BuiltIn {
  return (args) => {
    const request = parseAddressRequest(args);
    if (!request.ok) return request;
    return succeed({
      start: () => ipAddr.start(request.value),
      stop: () => ipAddr.stop(request.value),
      status: () => ipAddr.status(request.value),
    });
  };
}
