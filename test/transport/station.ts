/** A program for a network namespace of its own: carries out what the test asks over the IPC channel, and tells what it hears. */
import {
  type NewAddress,
  addAddress,
  addresses,
  deleteAddress,
  routeTo,
} from '../../src/native/network.ts';
import { bringLinkUp, lookAtLink } from '../../src/native/links.ts';
import { type FrameSocket, openFrames, sendFrames } from '../../src/native/frames.ts';
import { type Media, openMedia } from '../../src/transport/media.ts';
import { type PingSpec, type Pings, openPings } from '../../src/transport/ping.ts';
import type { Handlers, MediumSpec } from '../../src/transport/transport.ts';

export type Question =
  | { readonly ask: 'open'; readonly specs: readonly MediumSpec[] }
  | { readonly ask: 'send'; readonly text: string }
  | { readonly ask: 'open-pings'; readonly pings: readonly PingSpec[] }
  | { readonly ask: 'ping'; readonly node: string; readonly text: string }
  | { readonly ask: 'received' }
  | { readonly ask: 'close' }
  | { readonly ask: 'abort' }
  | { readonly ask: 'addresses' }
  | { readonly ask: 'add-address'; readonly address: NewAddress }
  | { readonly ask: 'delete-address'; readonly address: NewAddress }
  | { readonly ask: 'route-to'; readonly address: string }
  | { readonly ask: 'link'; readonly iface: string }
  | { readonly ask: 'bring-up'; readonly iface: string }
  | { readonly ask: 'open-frames'; readonly iface: string }
  | { readonly ask: 'receive-frames' }
  | { readonly ask: 'send-frames'; readonly iface: string; readonly frames: readonly Uint8Array[] };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | {
      readonly kind: 'heard';
      readonly link: string;
      readonly text: string;
      readonly arrival: number;
    }
  | { readonly kind: 'line'; readonly level: string; readonly text: string };

let media: Media | undefined;
let pings: Pings | undefined;
let frames: FrameSocket | undefined;
const end = new AbortController();

const tell = (told: Told): void => {
  process.send?.(told);
};

const handlers: Handlers = {
  received: (link, bytes, arrival) => {
    tell({ kind: 'heard', link, text: Buffer.from(bytes).toString(), arrival });
  },
  report: ({ level, text }) => {
    tell({ kind: 'line', level, text });
  },
};

async function openPingNodes(specs: readonly PingSpec[]): Promise<unknown> {
  const opened = await openPings(specs, handlers, end.signal);
  if (!opened.ok) return opened.reason;
  pings = opened.value;
  return 'opened';
}

async function open(specs: readonly MediumSpec[]): Promise<unknown> {
  const opened = await openMedia(specs, handlers, end.signal);
  if (!opened.ok) return opened.reason;
  media = opened.value;
  return media.media.map(({ kind, link }) => `${kind} ${link}`);
}

/** For ARP. */
function listen(iface: string): string {
  const opened = openFrames(iface, 0x0806);
  if (!opened.ok) return opened.reason;
  frames = opened.value;
  return 'opened';
}

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'open':
      return open(question.specs);
    case 'send':
      return media?.send(Buffer.from(question.text));
    case 'open-pings':
      return openPingNodes(question.pings);
    case 'ping':
      return pings?.send(question.node, Buffer.from(question.text));
    case 'received':
      return media?.received();
    case 'close':
      return media?.close();
    case 'abort':
      end.abort();
      return undefined;
    case 'addresses':
      return addresses();
    case 'add-address':
      return addAddress(question.address);
    case 'delete-address':
      return deleteAddress(question.address);
    case 'route-to':
      return routeTo(question.address);
    case 'link':
      return lookAtLink(question.iface);
    case 'bring-up':
      return bringLinkUp(question.iface);
    case 'open-frames':
      return listen(question.iface);
    case 'receive-frames':
      return frames?.receive();
    case 'send-frames':
      return sendFrames(question.iface, question.frames);
  }
}

process.on('message', (asked: Asked) => {
  void answer(asked.question).then((value) => {
    tell({ kind: 'answer', id: asked.id, value });
  });
});
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready' });
