/** A client that sends bytes as they are, and sees messages and the end of the stream as they come. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { decodeBody } from '../../src/clients/body.ts';
import { encodeFrame, FrameReader } from '../../src/clients/frames.ts';
import { valueOf } from '../../src/message/messages.ts';

/** Longer than any server takes; only a broken one is waited for so long. */
const patienceMillis = 5000;

export class RawClient {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #bodies: Buffer[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => {
      const read = this.#reader.push(piece);
      if (read.ok) this.#bodies.push(...read.value);
      this.#wake();
    });
    const ended = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', ended).on('close', ended).on('error', ended);
  }

  static async connect(path: string): Promise<RawClient> {
    const socket = createConnection({ path });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends classic text as one frame. */
  say(...lines: readonly string[]): void {
    this.write(encodeFrame(Buffer.from(`>>>\n${lines.join('\n')}\n<<<\n\0`, 'latin1')));
  }

  /** The text of the next message, or `end`. */
  async hear(): Promise<string> {
    const deadline = Date.now() + patienceMillis;
    while (this.#bodies.length === 0 && !this.#ended) {
      if (Date.now() > deadline) return 'nothing';
      await this.#wait(deadline - Date.now());
    }
    return this.#bodies.shift()?.toString('latin1') ?? 'end';
  }

  /** The next message's value of a field; '' when it has none. */
  async hearField(name: string): Promise<string> {
    const text = await this.hear();
    if (text === 'end') return 'end';
    const fields = decodeBody(Buffer.from(text, 'latin1'));
    return valueOf(fields ?? [], name) ?? '';
  }

  /** Reads no more: what the server sends fills the kernel's buffer. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #wait(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, millis);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
