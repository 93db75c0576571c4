/** The membership that the C program `ccm` tells its clients at a socket of its own (spec client-api 13). */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { endianness } from 'node:os';
import { fail, succeed, type Result } from '../result.ts';
import { FrameReader } from './frames.ts';

interface Member {
  readonly id: number;
  readonly name: string;
  /** The membership with which it came. */
  readonly born: number;
}

/** What `ccm` says at the moment. */
export type CcmView =
  | {
      readonly kind: 'membership';
      readonly instance: number;
      readonly hasQuorum: boolean;
      /** The longest there first. */
      readonly members: readonly Member[];
      /** Whether this node is one of them. */
      readonly isMember: boolean;
    }
  /** This node is no longer one of the cluster. */
  | { readonly kind: 'evicted' };

/**
 * Why there is no view: `absent` when no `ccm` runs, `denied` when it hung up before it said anything that can be
 * understood, `silent` when nothing came in time, `unsettled` when it knows the nodes and no membership yet.
 */
export type NoCcmView = 'absent' | 'denied' | 'silent' | 'unsettled';

/** A membership that is there is told at once; one that is being made is not waited for longer, in milliseconds. */
const unsettledMillis = 500;

/** Asks the `ccm` that listens at `path`; `signal` ends the waiting for its first word. */
export async function askCcm(
  path: string,
  signal: AbortSignal,
): Promise<Result<CcmView, NoCcmView>> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect', { signal });
  } catch {
    socket.destroy();
    return fail(signal.aborted ? 'silent' : 'absent');
  }
  return new Promise((resolve) => {
    const conversation = new Conversation(socket, (said) => {
      socket.destroy();
      resolve(said);
    });
    signal.addEventListener('abort', () => {
      conversation.give('silent');
    });
  });
}

/** What was said until now; only the first call of `done` counts. */
class Conversation {
  readonly #reader = new FrameReader();
  readonly #done: (said: Result<CcmView, NoCcmView>) => void;
  #nodes: Nodes | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, done: (said: Result<CcmView, NoCcmView>) => void) {
    this.#done = done;
    socket.on('data', (piece: Buffer) => {
      this.#hear(piece);
    });
    socket.on('error', () => {
      // 'close' follows at once.
    });
    socket.on('close', () => {
      this.give('denied');
    });
  }

  give(reason: NoCcmView): void {
    clearTimeout(this.#timer);
    this.#done(fail(this.#nodes === undefined ? reason : 'unsettled'));
  }

  #hear(piece: Buffer): void {
    const read = this.#reader.push(piece);
    if (!read.ok) {
      this.give('denied');
      return;
    }
    for (const body of read.value) this.#take(body);
  }

  #take(body: Buffer): void {
    const said = parseCcmMessage(body, this.#nodes);
    if (said === undefined) return;
    if (said.kind === 'nodes') {
      this.#nodes = said;
      this.#timer ??= setTimeout(() => {
        this.give('unsettled');
      }, unsettledMillis);
      return;
    }
    clearTimeout(this.#timer);
    this.#done(succeed(said));
  }
}

/** The cluster's nodes by id, and which of them is this one. */
interface Nodes {
  readonly kind: 'nodes';
  readonly names: ReadonlyMap<number, string>;
  readonly self: number;
}

const numberBytes = 4;
/** `int event, int count, int instance, int quorum`. */
const membershipHead = 4 * numberBytes;
/** `int id, int born`. */
const memberBytes = 2 * numberBytes;
/** `int event, int count, int own`. */
const nodesHead = 3 * numberBytes;
/** `int id`, the name in 255 bytes, one byte of padding. */
const nodeBytes = numberBytes + 256;

/** One message; undefined for what changes nothing, cannot be understood, or speaks of nodes not yet told. */
function parseCcmMessage(body: Buffer, nodes: Nodes | undefined): CcmView | Nodes | undefined {
  if (body.length < numberBytes) return undefined;
  switch (numberAt(body, 0)) {
    case 1:
      return { kind: 'evicted' };
    case 2:
      return nodes === undefined ? undefined : membershipIn(body, nodes);
    case 4:
      return nodesIn(body);
    default:
      return undefined;
  }
}

function membershipIn(body: Buffer, nodes: Nodes): CcmView | undefined {
  const places = placesIn(body, membershipHead, memberBytes);
  if (places === undefined) return undefined;
  const members = places.map((at): Member => {
    const id = numberAt(body, at);
    return { id, name: nodes.names.get(id) ?? '?', born: numberAt(body, at + numberBytes) };
  });
  return {
    kind: 'membership',
    instance: numberAt(body, 2 * numberBytes),
    hasQuorum: numberAt(body, 3 * numberBytes) !== 0,
    members: members.toSorted((one, other) => one.born - other.born || one.id - other.id),
    isMember: members.some(({ id }) => id === nodes.self),
  };
}

function nodesIn(body: Buffer): Nodes | undefined {
  const places = placesIn(body, nodesHead, nodeBytes);
  if (places === undefined) return undefined;
  const names = places.map((at): readonly [number, string] => {
    const name = body.subarray(at + numberBytes, at + nodeBytes).toString('latin1');
    return [numberAt(body, at), name.split('\0', 1)[0] ?? ''];
  });
  return { kind: 'nodes', names: new Map(names), self: numberAt(body, 2 * numberBytes) };
}

/** Where the entries are whose number stands behind the event's; undefined when the body is too short for them. */
function placesIn(body: Buffer, head: number, entry: number): readonly number[] | undefined {
  if (body.length < head) return undefined;
  const count = numberAt(body, numberBytes);
  if (count < 0 || count > (body.length - head) / entry) return undefined;
  return Array.from({ length: count }, (_, index) => head + index * entry);
}

function numberAt(body: Buffer, at: number): number {
  return endianness() === 'LE' ? body.readInt32LE(at) : body.readInt32BE(at);
}
