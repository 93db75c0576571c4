/** One connection of the client API: bodies in, bodies out, and an end (spec client-api 3 and 9). */
import type { Socket } from 'node:net';
import { encodeFrame, FrameReader } from './frames.ts';
import { maxQueuedFrames } from './protocol.ts';

/** The frames that may wait for a client that does not read, until it asks for another number. */
const defaultQueueLimit = 64;

/** A connection that is told to end gets this long, in milliseconds, to read what is still under way. */
const lingerMillis = 10_000;

export interface ChannelListener {
  onBody(body: Buffer): void;
  /** Once, whoever ended it; `info` is the reason in the words that other clients are told. */
  onEnd(info: string): void;
}

/** Frames over a socket, with a bound on what waits to be sent. */
export class Channel {
  readonly #socket: Socket;
  readonly #listener: ChannelListener;
  readonly #reader = new FrameReader();
  #waiting = 0;
  #queueLimit = defaultQueueLimit;
  #checkDue = false;
  #finishing = false;
  #isPaused = false;
  readonly #unhandled: Buffer[] = [];
  #endInfo = 'EOF';

  constructor(socket: Socket, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('data', (piece: Buffer) => {
      this.#receive(piece);
    });
    socket.on('error', () => {
      // 'close' follows at once, and a client that goes away while we write to it has merely gone away.
    });
    socket.once('close', () => {
      listener.onEnd(this.#endInfo);
    });
  }

  /** Frames that may wait once the kernel takes no more; the client that lets more gather is removed. */
  set queueLimit(frames: number) {
    this.#queueLimit = frames;
  }

  send(body: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#waiting += 1;
    this.#socket.write(encodeFrame(body), () => {
      this.#waiting -= 1;
    });
    if (this.#waiting > maxQueuedFrames) this.#dropSlow();
    else this.#checkSoon();
  }

  /**
   * Ends the connection after what was sent; what still comes in is read, so that the other side's last words do not
   * turn its end of stream into an error, and thrown away.
   */
  finish(): void {
    this.#finishing = true;
    this.#socket.end();
    const late = setTimeout(() => {
      this.#socket.destroy();
    }, lingerMillis).unref();
    this.#socket.once('close', () => {
      clearTimeout(late);
    });
  }

  /** Ends the connection at once. */
  drop(info: string): void {
    this.#endInfo = info;
    this.#socket.destroy();
  }

  /** Takes no more of what comes in, or goes on; what was read before waits, and is less than the kernel's buffer. */
  set paused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (isPaused) this.#socket.pause();
    else {
      this.#socket.resume();
      this.#handAll();
    }
  }

  #receive(piece: Buffer): void {
    if (this.#finishing) return;
    const read = this.#reader.push(piece);
    if (!read.ok) {
      this.drop('badclient');
      return;
    }
    this.#unhandled.push(...read.value);
    this.#handAll();
  }

  #handAll(): void {
    while (!this.#isPaused) {
      const body = this.#unhandled.shift();
      if (body === undefined) return;
      this.#hand(body);
    }
  }

  #hand(body: Buffer): void {
    if (!this.#finishing && !this.#socket.destroyed) this.#listener.onBody(body);
  }

  /**
   * Judged at the end of this turn of the loop: until then the stream reports frames as waiting that the kernel has
   * already taken, and a long answer would count against a client that reads well.
   */
  #checkSoon(): void {
    if (this.#checkDue) return;
    this.#checkDue = true;
    setImmediate(() => {
      this.#checkDue = false;
      if (this.#waiting > this.#queueLimit) this.#dropSlow();
    });
  }

  #dropSlow(): void {
    this.drop(`send failed, more than ${String(this.#queueLimit)} frames wait`);
  }
}
