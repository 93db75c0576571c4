/** The terminal while the live view has it: another page, no cursor, keys one by one; given back however the lab ends. */
import { writeSync } from 'node:fs';
import { paint, type Line } from './paint.ts';
import type { Size } from './view.ts';

const enter = '\u001b[?1049h\u001b[?25l\u001b[2J';
const leave = '\u001b[0m\u001b[?25h\u001b[?1049l';

/** The whole terminal. Only one may be open. */
export class Screen {
  #shown: readonly string[] = [];
  readonly #restore = (): void => {
    process.stdin.setRawMode(false);
    writeSync(1, leave);
  };
  readonly #forget = (): void => {
    this.#shown = [];
  };
  readonly #keys: (text: string) => void;

  /** `pressed` gets each key as its character. */
  constructor(pressed: (key: string) => void) {
    this.#keys = (text) => {
      // Arrow keys and the like are sequences that begin with escape: none of ours.
      if (!text.startsWith('\u001b')) for (const key of text) pressed(key);
    };
    process.on('exit', this.#restore);
    process.stdout.on('resize', this.#forget);
    process.stdin.setRawMode(true);
    process.stdin.setEncoding('utf8').on('data', this.#keys).resume();
    process.stdout.write(enter);
  }

  get size(): Size {
    return { columns: process.stdout.columns, rows: process.stdout.rows };
  }

  /** Shows the lines from the top; writes only those that changed, so nothing flickers. */
  draw(lines: readonly Line[]): void {
    const painted = lines.map(paint);
    const changed = painted.flatMap((text, row) =>
      text === this.#shown[row] ? [] : [`\u001b[${String(row + 1)};1H${text}\u001b[K`],
    );
    this.#shown = painted;
    // 2026: terminals that know it show the frame at once; the others pass over it.
    if (changed.length > 0) process.stdout.write(`\u001b[?2026h${changed.join('')}\u001b[?2026l`);
  }

  /** Gives the terminal back; may be called once. */
  close(): void {
    process.off('exit', this.#restore);
    process.stdout.off('resize', this.#forget);
    process.stdin.off('data', this.#keys).pause();
    this.#restore();
  }
}
