/** Ping nodes: echo requests to hosts outside of the cluster, whose replies bring back what was sent (spec wire 1, membership 7). */
import { type EchoSocket, openEcho } from '../native/icmp.ts';
import { type Result, fail, succeed } from '../result.ts';
import { instant } from '../units.ts';
import { lookUpHost } from './look-up-host.ts';
import type { Handlers, OpenFailure } from './transport.ts';
import { WriteFailures } from './write-failures.ts';

export interface PingSpec {
  readonly kind: 'ping' | 'ping6' | 'ping_group';
  /** Names the link. */
  readonly name: string;
  /** Addresses or names: one, or the members of a group, any of which may answer. */
  readonly hosts: readonly string[];
}

/** The ping nodes, ready to be asked until `close` or the signal. */
export interface Pings {
  /**
   * Asks a node; the same bytes come back through `Handlers.received`, once, when it answers. What fails is reported, never thrown.
   * The bytes must stay as they are.
   */
  readonly send: (node: string, payload: Uint8Array) => void;
  readonly close: () => void;
}

const millisBetweenLookups = 10_000;
/** Replies to older requests are passed over. */
const maxUnanswered = 1_024;
/** The sockets cannot say that something came: they are asked, soon after a request and then less and less often. */
const firstPollMillis = 1;
const slowestPollMillis = 100;
const sequences = 0x10000;

/**
 * Opens the sockets that these nodes need and looks up their hosts. Fails for each node with why its socket cannot be opened. A host
 * that is not found is reported, and looked up again every 10 s.
 */
export async function openPings(
  specs: readonly PingSpec[],
  handlers: Handlers,
  signal: AbortSignal,
): Promise<Result<Pings, readonly OpenFailure[]>> {
  const set = new PingSet(specs, handlers);
  const failures = set.open();
  if (failures.length > 0) {
    set.close();
    return fail(failures);
  }
  await set.start();
  if (signal.aborted) set.close();
  signal.addEventListener('abort', set.close);
  return succeed(set);
}

interface Target {
  readonly host: string;
  address: string | undefined;
  readonly failures: WriteFailures;
}

interface PingNode {
  readonly spec: PingSpec;
  readonly targets: readonly Target[];
}

interface Question {
  readonly node: string;
  readonly payload: Buffer;
}

const versionOf = ({ kind }: PingSpec): 4 | 6 => (kind === 'ping6' ? 6 : 4);

class PingSet implements Pings {
  readonly #handlers: Handlers;
  readonly #nodes: ReadonlyMap<string, PingNode>;
  readonly #sockets = new Map<4 | 6, EchoSocket>();
  /** By sequence, oldest first. */
  readonly #unanswered = new Map<number, Question>();
  /** Nodes whose last question has no answer. */
  readonly #silent = new Set<string>();
  #sequence = 0;
  #poll: NodeJS.Timeout | undefined;
  #lookups: NodeJS.Timeout | undefined;
  #isLookingUp = false;
  #isClosed = false;

  constructor(specs: readonly PingSpec[], handlers: Handlers) {
    this.#handlers = handlers;
    this.#nodes = new Map(specs.map((spec) => [spec.name, makeNode(spec, handlers)]));
  }

  open(): readonly OpenFailure[] {
    const failures: OpenFailure[] = [];
    for (const { spec } of this.#nodes.values()) {
      const version = versionOf(spec);
      if (this.#sockets.has(version)) continue;
      const opened = openEcho(version, process.pid & 0xffff);
      if (opened.ok) this.#sockets.set(version, opened.value);
      else failures.push({ medium: `${spec.kind} ${spec.name}`, why: opened.reason });
    }
    return failures;
  }

  async start(): Promise<void> {
    await this.#lookUp();
    for (const { spec, targets } of this.#nodes.values()) {
      for (const { host, address } of targets) {
        if (address === undefined) this.#reportUnknown(spec, host);
      }
      const text = `glib: ${spec.kind === 'ping_group' ? 'ping group' : spec.kind} heartbeat started.`;
      this.#handlers.report({ level: 'info', text });
    }
    if (!this.#isClosed && this.#unknown().length > 0) {
      this.#lookups = setInterval(() => void this.#lookUpAgain(), millisBetweenLookups);
    }
  }

  readonly send = (name: string, payload: Uint8Array): void => {
    const node = this.#nodes.get(name);
    const socket = node === undefined ? undefined : this.#sockets.get(versionOf(node.spec));
    if (node === undefined || socket === undefined || this.#isClosed) return;
    const sequence = this.#ask({ node: name, payload: Buffer.from(payload) });
    for (const target of node.targets) {
      if (target.address === undefined) continue;
      const sent = socket.send(target.address, sequence, payload);
      if (sent.ok) target.failures.succeeded();
      else target.failures.failed(sent.reason, instant(performance.now()));
    }
    this.#pollIn(firstPollMillis);
  };

  readonly close = (): void => {
    this.#isClosed = true;
    clearTimeout(this.#poll);
    clearInterval(this.#lookups);
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  };

  /** Every member of a group is asked with one sequence, so that only the first answer counts. */
  #ask(question: Question): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) % sequences;
    this.#unanswered.set(sequence, question);
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size > maxUnanswered && oldest !== undefined) {
      this.#unanswered.delete(oldest);
    }
    this.#silent.add(question.node);
    return sequence;
  }

  #pollIn(millis: number): void {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(() => {
      this.#receive();
      const isOver = this.#silent.size === 0 || this.#isClosed;
      if (!isOver) this.#pollIn(Math.min(2 * millis, slowestPollMillis));
    }, millis);
  }

  #receive(): void {
    for (const socket of this.#sockets.values()) {
      for (const { sequence, payload } of socket.receive()) this.#hear(sequence, payload);
    }
  }

  /** Only what was asked counts, and only once: an old answer that somebody repeats is none. */
  #hear(sequence: number, payload: Uint8Array): void {
    const question = this.#unanswered.get(sequence);
    if (question?.payload.equals(payload) !== true) return;
    this.#unanswered.delete(sequence);
    this.#silent.delete(question.node);
    this.#handlers.received(question.node, payload, instant(performance.now()));
  }

  #unknown(): readonly Target[] {
    const targets = [...this.#nodes.values()].flatMap((node) => node.targets);
    return targets.filter(({ address }) => address === undefined);
  }

  async #lookUp(): Promise<void> {
    const nodes = [...this.#nodes.values()];
    const looks = nodes.flatMap(({ spec, targets }) =>
      targets.map(async (target) => {
        target.address ??= await lookUpHost(target.host, versionOf(spec));
      }),
    );
    await Promise.all(looks);
  }

  async #lookUpAgain(): Promise<void> {
    if (this.#isLookingUp) return;
    this.#isLookingUp = true;
    await this.#lookUp();
    this.#isLookingUp = false;
    if (this.#unknown().length === 0) clearInterval(this.#lookups);
  }

  #reportUnknown({ kind, name }: PingSpec, host: string): void {
    const text = `${kind} ${name}: unknown host: ${host}; it is looked up again every 10 s`;
    this.#handlers.report({ level: 'WARN', text });
  }
}

function makeNode(spec: PingSpec, { report }: Handlers): PingNode {
  const targets = spec.hosts.map((host) => ({
    host,
    address: undefined,
    failures: new WriteFailures(`${spec.kind} ${spec.name}`, report),
  }));
  return { spec, targets };
}
