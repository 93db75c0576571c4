/** One log file: appended to in order and without blocking, looked at for rotation, flushed at the end (spec config 8). */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Instant, type Millis, after, instant, seconds } from '../units.ts';
import { TextQueue } from './text-queue.ts';
import { whyFailed } from './why.ts';

/** What the file asks of the log around it. */
export interface LogFileHooks {
  readonly now: () => Instant;
  /** The first line of a file that took the place of a rotated one. */
  readonly rotationLine: (path: string) => string;
  /** What to say in the file when it could not be written fast enough. */
  readonly lossLine: (lost: number) => string;
  /** The file cannot be opened or written, and why; the lines are not in it. */
  readonly onUnwritten: (path: string, reason: string, lines: readonly string[]) => void;
}

/** The name is looked at again at most this often, as in C. */
const rotationPause: Millis = seconds(60);

export class LogFile {
  readonly #path: string;
  readonly #hooks: LogFileHooks;
  readonly #queue: TextQueue;
  #handle: FileHandle | undefined;
  #lookAgainAt: Instant = instant(0);

  /** Opens nothing yet: the file is made by its first line. */
  constructor(path: string, hooks: LogFileHooks) {
    this.#path = path;
    this.#hooks = hooks;
    this.#queue = new TextQueue((lines, lost) => this.#write(lines, lost));
  }

  /** Takes a whole line with its NL; it is written after all lines before it. */
  append(line: string): void {
    this.#queue.append(line);
  }

  /** Settles when everything appended so far is written, or was handed to `onUnwritten`. */
  async flush(): Promise<void> {
    await this.#queue.flush();
  }

  /** Flushes, and closes the file; a later line opens it again. */
  async close(): Promise<void> {
    await this.flush();
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #write(lines: readonly string[], lost: number): Promise<void> {
    try {
      await this.#lookForRotation();
      this.#handle ??= await this.#open();
      await this.#handle.appendFile(lines.join('') + (lost > 0 ? this.#hooks.lossLine(lost) : ''));
    } catch (error) {
      // Also what was said while this was tried: whoever takes the lines now gets only the later ones by himself.
      const unwritten = [...lines, ...this.#queue.take()];
      this.#hooks.onUnwritten(this.#path, whyFailed(error), unwritten);
    }
  }

  async #lookForRotation(): Promise<void> {
    if (this.#handle === undefined || this.#hooks.now() < this.#lookAgainAt) return;
    this.#lookAgainAt = after(this.#hooks.now(), rotationPause);
    if (await this.#isStillThere(this.#handle)) return;
    await this.#handle.close();
    this.#handle = undefined;
    this.#handle = await this.#open();
    await this.#handle.appendFile(this.#hooks.rotationLine(this.#path));
  }

  /** Made if it is not there, with mode 0666 less the umask, as in C. */
  #open(): Promise<FileHandle> {
    this.#lookAgainAt = after(this.#hooks.now(), rotationPause);
    return open(this.#path, 'a', 0o666);
  }

  async #isStillThere(handle: FileHandle): Promise<boolean> {
    const ours = await handle.stat();
    const named = await stat(this.#path).catch(() => undefined);
    return named?.ino === ours.ino && named.dev === ours.dev;
  }
}
