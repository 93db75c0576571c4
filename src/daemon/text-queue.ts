/** Text on its way to a slow place, in order, without blocking the loop and without growing for ever. */
import { write } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode } from './why.ts';

/** Writes some lines, each with its NL, and settles when they are there; never rejects. */
export type WriteLines = (lines: readonly string[], lost: number) => Promise<void>;

/** A disk that hangs must not fill the memory: beyond this, lines are counted instead of kept. */
const maxQueuedCharacters = 4 * 1024 * 1024;
const tryAgainMillis = 10;
/** One second of a reader that does not read. */
const maxTries = 100;

export class TextQueue {
  readonly #write: WriteLines;
  #lines: string[] = [];
  /** At most `maxQueuedCharacters`. */
  #characters = 0;
  #lost = 0;
  #draining: Promise<void> | undefined;

  constructor(write: WriteLines) {
    this.#write = write;
  }

  /** Takes a whole line with its NL; it is written after all lines before it. */
  append(line: string): void {
    if (this.#characters + line.length > maxQueuedCharacters) {
      this.#lost += 1;
      return;
    }
    this.#lines.push(line);
    this.#characters += line.length;
    this.#draining ??= this.#drain();
  }

  /** Takes back what has not been written yet. */
  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    return lines;
  }

  /** Settles when everything appended so far was written. */
  async flush(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#lines.length > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      const lines = this.take();
      await this.#write(lines, lost);
    }
    this.#draining = undefined;
  }
}

/** Writes to a descriptor that is open already, such as stderr; what its reader does not take in a second is lost. */
export function writeToDescriptor(fd: number): WriteLines {
  return async (lines) => {
    const bytes = Buffer.from(lines.join(''));
    let offset = 0;
    for (let tries = 0; offset < bytes.length && tries < maxTries; tries += 1) {
      const written = await writeSome(fd, bytes.subarray(offset));
      if (written === undefined) return;
      offset += written;
    }
  };
}

/** How many bytes were taken; undefined when there is nobody left to write to. */
async function writeSome(fd: number, bytes: Uint8Array): Promise<number | undefined> {
  try {
    return (await promisify(write)(fd, bytes)).bytesWritten;
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN') return undefined;
    await delay(tryAgainMillis);
    return 0;
  }
}
