/** One log file: appended to in order and without blocking, followed through rotations, flushed at the end (spec config 8). */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { seconds } from '../units.ts';
import { TextQueue } from './text-queue.ts';
import { whyFailed } from './why.ts';

/** What the file asks of the log around it. */
export interface LogFileHooks {
  /** The first line of a file that took the place of a rotated one. */
  readonly rotationLine: (path: string) => string;
  /** What to say in the file when it could not be written fast enough. */
  readonly lossLine: (lost: number) => string;
  /** The file cannot be opened or written, and why; the lines are not in it. */
  readonly onUnwritten: (path: string, reason: string, lines: readonly string[]) => void;
  /** The disk has not answered for five seconds; its lines are kept, and written when it does. */
  readonly onHanging: (path: string) => void;
}

const patience = seconds(5);

export class LogFile {
  readonly path: string;
  readonly #hooks: LogFileHooks;
  readonly #queue: TextQueue;
  #handle: FileHandle | undefined;

  /** Opens nothing yet: the file is made by its first line. */
  constructor(path: string, hooks: LogFileHooks) {
    this.path = path;
    this.#hooks = hooks;
    this.#queue = new TextQueue((lines, lost) => this.#write(lines, lost));
  }

  /** Takes a whole line with its NL; it is written after all lines before it. */
  append(line: string): void {
    this.#queue.append(line);
  }

  /** Settles when everything appended so far is written, or was handed to `onUnwritten`: on a disk that hangs, never. */
  async flush(): Promise<void> {
    await this.#queue.flush();
  }

  /** Flushes, and closes the file; a later line opens it again. */
  async close(): Promise<void> {
    await this.flush();
    await this.#closeHandle();
  }

  async #write(lines: readonly string[], lost: number): Promise<void> {
    const watch = setTimeout(() => {
      this.#hooks.onHanging(this.path);
    }, patience).unref();
    try {
      await this.#append(lines.join('') + (lost > 0 ? this.#hooks.lossLine(lost) : ''));
    } catch (error) {
      // Also what was said while this was tried: whoever takes the lines now gets only the later ones by himself.
      const unwritten = [...lines, ...this.#queue.take()];
      this.#hooks.onUnwritten(this.path, whyFailed(error), unwritten);
    } finally {
      clearTimeout(watch);
    }
  }

  /**
   * C looks once a minute whether the name still means the file that it has open, and what it writes to a removed one is
   * lost; here the name is looked at before each write, and the file after it.
   */
  async #append(text: string): Promise<void> {
    const isNew = this.#handle !== undefined && !(await this.#isStillThere(this.#handle));
    if (isNew) await this.#closeHandle();
    const handle = await this.#open();
    await handle.appendFile(isNew ? this.#hooks.rotationLine(this.path) + text : text);
    if ((await handle.stat()).nlink > 0) return;
    await this.#closeHandle();
    await (await this.#open()).appendFile(this.#hooks.rotationLine(this.path) + text);
  }

  /** Made if it is not there, with mode 0666 less the umask, as in C. */
  async #open(): Promise<FileHandle> {
    this.#handle ??= await open(this.path, 'a', 0o666);
    return this.#handle;
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #isStillThere(handle: FileHandle): Promise<boolean> {
    const ours = await handle.stat();
    const named = await stat(this.path).catch(() => undefined);
    return named?.ino === ours.ino && named.dev === ours.dev;
  }
}
