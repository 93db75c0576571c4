/** All media of a node, opened together and kept open together. */
import { setTimeout as wait } from 'node:timers/promises';
import { unreachable } from '../assert.ts';
import { type Result, fail, succeed } from '../result.ts';
import { instant } from '../units.ts';
import { bcastSender } from './bcast.ts';
import type { Inlet, SenderPlan, SocketPlan } from './bind.ts';
import { Endpoint } from './endpoint.ts';
import { bindingOfSockets, lookAtInterfaces } from './interfaces.ts';
import { mcast6Receiver, mcast6Sender, ucast6Receiver, ucast6Sender } from './ipv6.ts';
import { mcastReceiver, mcastSender } from './mcast.ts';
import { receiverPlan } from './receiver.ts';
import { Sender } from './sender.ts';
import type { Handlers, Medium, MediumSpec, OpenFailure } from './transport.ts';
import { ucastSender } from './ucast.ts';

const millisBetweenLooks = 1_000;
const closingLimitMillis = 200;

/** The open media. They stay open, whatever becomes of the interfaces, until `close` or the signal. */
export interface Media {
  readonly media: readonly Medium[];
  /** Sends the same bytes on every medium; at most 65,507 of them. */
  readonly send: (datagram: Uint8Array) => void;
  /** Datagrams received since the start: it stands still when the sockets are read. */
  readonly received: () => number;
  /** Waits (at most 200 ms) until the kernel has what was sent, then closes all. */
  readonly close: () => Promise<void>;
}

/**
 * Opens every medium, or says for each that cannot be opened why: no such interface, no broadcast address (`bcast`), port busy, unknown
 * host. An address that `mcast` or `ucast` lacks is waited for, with a warning. Afterwards nothing fails: an interface that goes down,
 * loses its address or vanishes is waited for, and what could not be sent is reported.
 */
export async function openMedia(
  specs: readonly MediumSpec[],
  handlers: Handlers,
  signal: AbortSignal,
): Promise<Result<Media, readonly OpenFailure[]>> {
  const set = new MediaSet(specs, handlers);
  const failures = await set.open();
  if (failures.length > 0) {
    set.shut();
    return fail(failures);
  }
  set.watch(signal);
  return succeed(set);
}

type Openable = Pick<Endpoint<Inlet>, 'name' | 'iface' | 'start'>;

class MediaSet implements Media {
  readonly media: readonly Sender[];
  readonly #receivers: readonly Endpoint<Inlet>[];
  readonly #ifaces: readonly string[];
  readonly #handlers: Handlers;
  #received = 0;
  #looks: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(specs: readonly MediumSpec[], handlers: Handlers) {
    const unique = [...new Map(specs.map((spec) => [mediumKey(spec), spec])).values()];
    this.#handlers = handlers;
    this.media = unique.map((spec) => new Sender(spec.kind, senderPlan(spec), handlers.report));
    this.#receivers = this.#makeReceivers(unique);
    this.#ifaces = [...new Set(unique.map(({ iface }) => iface))];
  }

  async open(): Promise<OpenFailure[]> {
    const states = await lookAtInterfaces(this.#ifaces);
    const endpoints = [...this.media.map(({ endpoint }) => endpoint), ...this.#receivers];
    const openOne = async (endpoint: Openable): Promise<OpenFailure[]> => {
      const opened = await endpoint.start(states?.get(endpoint.iface));
      return opened.ok ? [] : [{ medium: endpoint.name, why: opened.reason }];
    };
    const failures = (await Promise.all(endpoints.map(openOne))).flat();
    // A missing interface fails both sockets of a medium.
    return [...new Map(failures.map((one) => [`${one.medium} ${one.why}`, one])).values()];
  }

  /** Looks at the interfaces once a second, until the signal or `close` ends everything. */
  watch(signal: AbortSignal): void {
    for (const medium of this.media) medium.reportStart();
    this.#looks = setInterval(() => void this.#look(), millisBetweenLooks);
    signal.addEventListener('abort', () => {
      this.shut();
    });
    if (signal.aborted) this.shut();
  }

  readonly send = (datagram: Uint8Array): void => {
    for (const medium of this.media) medium.send(datagram);
  };

  readonly received = (): number => this.#received;

  readonly close = async (): Promise<void> => {
    const limit = new AbortController();
    const late = wait(closingLimitMillis, undefined, { signal: limit.signal }).catch(
      () => undefined,
    );
    await Promise.race([Promise.all(this.media.map((medium) => medium.idle())), late]);
    limit.abort();
    this.shut();
  };

  shut(): void {
    clearInterval(this.#looks);
    for (const receiver of this.#receivers) receiver.close();
    for (const { endpoint } of this.media) endpoint.close();
  }

  /** Endpoints are not waited for: one that looks up a name must not delay the others. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const states = await lookAtInterfaces(this.#ifaces);
    this.#isLooking = false;
    if (states === undefined) return;
    for (const receiver of this.#receivers) void receiver.follow(states.get(receiver.iface));
    for (const medium of this.media) void medium.follow(states.get(medium.link));
  }

  #makeReceivers(specs: readonly MediumSpec[]): Endpoint<Inlet>[] {
    const receivers = new Map<string, Endpoint<Inlet>>();
    for (const spec of specs) {
      const key = receiverKey(spec);
      if (receivers.has(key)) continue;
      const plan = receiverOf(spec, specs);
      receivers.set(key, this.#makeReceiver(`${spec.kind} ${spec.iface}`, plan));
    }
    return [...receivers.values()];
  }

  #makeReceiver(name: string, plan: SocketPlan<Inlet>): Endpoint<Inlet> {
    const opened = ({ socket }: Inlet): void => {
      socket.on('message', (bytes, { address }) => {
        this.#received += 1;
        const arrival = instant(performance.now());
        // C ignores empty datagrams too (spec wire 1).
        if (bytes.length > 0) this.#handlers.received(plan.iface, bytes, arrival, address);
      });
    };
    return new Endpoint(plan, { name, opened, report: this.#handlers.report });
  }
}

function senderPlan(spec: MediumSpec): SenderPlan {
  switch (spec.kind) {
    case 'bcast':
      return bcastSender(spec);
    case 'mcast':
    case 'mcast6':
      return spec.kind === 'mcast' ? mcastSender(spec) : mcast6Sender(spec);
    case 'ucast':
    case 'ucast6':
      return spec.kind === 'ucast' ? ucastSender(spec) : ucast6Sender(spec);
    default:
      return unreachable(spec);
  }
}

/** The port of one of our own groups is shared with it. */
function receiverOf(spec: MediumSpec, all: readonly MediumSpec[]): SocketPlan<Inlet> {
  const group = spec.kind === 'ucast6' ? 'mcast6' : 'mcast';
  const shared = all.some(({ kind, port }) => kind === group && port === spec.port);
  switch (spec.kind) {
    case 'bcast':
      return receiverPlan({ ...spec, shared });
    case 'mcast':
    case 'mcast6':
      return spec.kind === 'mcast' ? mcastReceiver(spec) : mcast6Receiver(spec);
    case 'ucast':
    case 'ucast6':
      if (spec.kind === 'ucast6') return ucast6Receiver(spec, shared);
      return receiverPlan({ iface: spec.iface, port: spec.port, kind: 'ucast', shared });
    default:
      return unreachable(spec);
  }
}

/** A medium that is named twice is opened once: the second would only repeat every datagram. */
function mediumKey(spec: MediumSpec): string {
  const { kind, iface, port } = spec;
  const to = 'group' in spec ? spec.group : 'host' in spec ? spec.host : '';
  return [kind, iface, port, to].join(' ');
}

/** Media with one key share a receive socket, so that no datagram is handed up twice. */
function receiverKey(spec: MediumSpec): string {
  const place = `${spec.iface} ${String(spec.port)}`;
  if ('group' in spec) return `${place} ${spec.group}`;
  if (spec.kind === 'ucast6') return `${place} ${spec.kind}`;
  return bindingOfSockets() === 'device' ? place : `${place} ${spec.kind}`;
}
