/** The agents of service addresses, IPv4 and IPv6, behind one front: what can be asked about an address whoever runs its resource. */
import type { Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import { type Result, fail, succeed } from '../result.ts';
import { Announcer } from './announcer.ts';
import type { BuiltIn } from './built-in.ts';
import type { Resource } from './find-agent.ts';
import { isAddressAgent, parseAddressRequest } from './ipaddr-arguments.ts';
import { IpAddr } from './ipaddr.ts';
import { parseAddress6Request } from './ipv6addr-arguments.ts';
import { Ipv6Addr } from './ipv6addr.ts';
import type { Network } from './network.ts';
import type { Network6 } from './network6.ts';

/** One service address. Nothing here rejects. */
interface ServiceAddress {
  readonly start: () => Promise<Outcome>;
  readonly stop: () => Promise<Outcome>;
  readonly status: () => Promise<Outcome>;
  /** Running when another machine on the link has it. */
  readonly probe: () => Promise<Outcome>;
  /** To the neighbours again, if it is here. */
  readonly announce: () => Promise<void>;
  /** Tells the neighbours who else has it. */
  readonly introduce: () => Promise<void>;
  /** Ends its announcement. */
  readonly silence: () => void;
}

export interface ServiceAddresses {
  /** That of an `IPaddr`, `IPaddr2` or `IPv6addr` resource; undefined for other agents, and words where the arguments make no address. */
  readonly of: (resource: Resource) => Result<ServiceAddress, string> | undefined;
  readonly announcer: Announcer;
  /** Ends all announcements. */
  readonly close: () => void;
}

/** `log` takes lines with the name of the agent before them; `files` is where agents keep what they must remember. */
export function openServiceAddresses(
  network: Network,
  network6: Network6,
  log: (line: LogLine) => void,
  files?: string,
): ServiceAddresses {
  const announcer = new Announcer(network, log);
  const announcer6 = new Announcer({ sendArp: network6.advertise }, log, 'IPv6addr');
  const ipAddr = new IpAddr(network, announcer, log, files);
  const ipv6Addr = new Ipv6Addr(network6, announcer6, log);
  return {
    of: ({ agent, args }) => {
      if (agent === 'IPv6addr') return bound(ipv6Addr, parseAddress6Request(args));
      return isAddressAgent(agent) ? bound(ipAddr, parseAddressRequest(args, agent)) : undefined;
    },
    announcer,
    close: () => {
      announcer.close();
      announcer6.close();
    },
  };
}

/** The built-in agent of that name. */
export function addressAgent(
  addresses: ServiceAddresses,
  agent: 'IPaddr' | 'IPaddr2' | 'IPv6addr',
): BuiltIn {
  return (args) => addresses.of({ agent, args }) ?? fail(`${agent} has no address`);
}

type Acts<Request> = {
  readonly [Act in keyof ServiceAddress]: (request: Request) => ReturnType<ServiceAddress[Act]>;
};

function bound<Request>(
  agent: Acts<Request>,
  parsed: Result<Request, string>,
): Result<ServiceAddress, string> {
  if (!parsed.ok) return parsed;
  const request = parsed.value;
  return succeed({
    start: () => agent.start(request),
    stop: () => agent.stop(request),
    status: () => agent.status(request),
    probe: () => agent.probe(request),
    announce: () => agent.announce(request),
    introduce: () => agent.introduce(request),
    silence: () => {
      agent.silence(request);
    },
  });
}
