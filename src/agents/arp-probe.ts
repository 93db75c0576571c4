/** Asks a link whether anybody there has an address (RFC 5227 2.1), in half a second: the RFC's own times are for the start of a machine. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FrameSocket } from '../native/frames.ts';
import { type Result, succeed } from '../result.ts';
import { arpProbe, claimantOf } from './arp.ts';

/** How long the answer to each probe is waited for before the next: frames get lost. */
const millisToListen = [100, 100, 300];
const millisBetweenLooks = 10;

/** A question to all on a link, and who answers it. */
export interface Question {
  /** Our own; what we say ourselves is no answer. */
  readonly hardware: Uint8Array;
  readonly frame: Uint8Array;
  /** The hardware address of whoever answers with a frame; undefined for any other frame. */
  readonly claimantOf: (frame: Uint8Array) => Uint8Array | undefined;
  /** How long is listened after each time that it is asked. */
  readonly millisToListen: readonly number[];
}

/**
 * The hardware address of another machine that has `address` (four bytes) or probes for it too, as soon as it is heard; undefined when nobody
 * was heard for half a second. `hardware` is our own. Fails with words when the interface goes down meanwhile.
 */
export function probeByArp(
  socket: FrameSocket,
  hardware: Uint8Array,
  address: Uint8Array,
): Promise<Result<string | undefined, string>> {
  return askLink(socket, {
    hardware,
    frame: arpProbe(hardware, address),
    claimantOf: (frame) => claimantOf(frame, address),
    millisToListen,
  });
}

/** The hardware address of the first to answer, or undefined when nobody has answered at the end. Fails with words when the interface goes down. */
export async function askLink(
  socket: FrameSocket,
  question: Question,
): Promise<Result<string | undefined, string>> {
  const look = (): Result<string | undefined, string> => {
    const frames = socket.receive();
    return frames.ok ? succeed(otherClaimant(frames.value, question)) : frames;
  };
  for (const millis of question.millisToListen) {
    const sent = socket.send(question.frame);
    if (!sent.ok) return sent;
    const heard = await lookUntil(performance.now() + millis, look);
    if (!heard.ok || heard.value !== undefined) return heard;
  }
  return succeed(undefined);
}

/** The last look comes when the time is over: after a stall of this process all that has arrived is still read. */
async function lookUntil(
  end: number,
  look: () => Result<string | undefined, string>,
): Promise<Result<string | undefined, string>> {
  for (;;) {
    const isOver = performance.now() >= end;
    const heard = look();
    if (isOver || !heard.ok || heard.value !== undefined) return heard;
    await wait(millisBetweenLooks);
  }
}

function otherClaimant(
  frames: readonly Uint8Array[],
  { claimantOf: claims, hardware }: Question,
): string | undefined {
  for (const frame of frames) {
    const claimant = claims(frame);
    if (claimant !== undefined && !Buffer.from(hardware).equals(claimant)) return textOf(claimant);
  }
  return undefined;
}

/** As ip(8) writes it: `02:32:e3:34:21:f3`. */
function textOf(hardware: Uint8Array): string {
  return Array.from(hardware, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
