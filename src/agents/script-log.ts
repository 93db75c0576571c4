/** The file that takes what scripts print: opened for each call, so that it may be rotated, and never waited for long. */
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { type Result, fail, succeed } from '../result.ts';

type Opened = Result<FileHandle | undefined, string>;

const patience = 1_000;
const noAnswer: Opened = fail('the disk does not answer');

export class ScriptLog {
  readonly #path: string | undefined;
  /** One after the other: a disk that hangs is to take one thread of this process, not all of them. */
  #last: Promise<unknown> = Promise.resolve();
  #isHanging = false;

  /** Without a path, what scripts print is thrown away. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  /** The open file, which the caller closes; undefined without a path. Fails with words, after a second at the latest. */
  async open(): Promise<Opened> {
    const path = this.#path;
    if (path === undefined) return succeed(undefined);
    if (this.#isHanging) return noAnswer;
    const opening = this.#last.then(() => openForAppending(path));
    this.#last = opening;
    const answered = new AbortController();
    const late = wait(patience, undefined, { signal: answered.signal }).then(
      () => undefined,
      () => opening,
    );
    const first = await Promise.race([opening, late]);
    answered.abort();
    return first ?? this.#giveUp(opening);
  }

  #giveUp(opening: Promise<Opened>): Opened {
    this.#isHanging = true;
    void opening.then(async (opened) => {
      this.#isHanging = false;
      if (opened.ok) await opened.value?.close();
    });
    return noAnswer;
  }
}

function openForAppending(path: string): Promise<Opened> {
  return open(path, 'a').then(succeed, (error: unknown) =>
    fail(error instanceof Error ? error.message : String(error)),
  );
}
