/** Lines of a node's log in the daemon's two forms (spec config 8), and a reader that follows the file. */
import { open } from 'node:fs/promises';
import { splitLines } from './lines.ts';

export interface LogEvent {
  /** Time of day, hh:mm:ss. */
  readonly time: string;
  /** The level's word as it stands there, or '' where there is none. */
  readonly level: string;
  readonly text: string;
}

/** `Nov 22 15:49:01 node1 heartbeat: [29]: info: text`, the daemon's own form. */
const daemonForm = /^\w{3} +\d+ (\d\d:\d\d:\d\d) \S+ [^:]+: \[\d+\]: (\w+): (.*)$/;
/** `2026/11/22_15:49:02  harc(default)[36]:    info: text`, the form of scripts; the level may be missing. */
const scriptForm = /^\d{4}\/\d\d\/\d\d_(\d\d:\d\d:\d\d)\s+[^:]+:\s*(?:(\w+):)?\s*(.*)$/;

/** A line of ha-log; what cannot be shown (control characters) becomes `?`. */
export function parseLogLine(line: string): LogEvent {
  const clean = line.replace(/[^\P{C}\t]/gu, '?').replaceAll('\t', ' ');
  const parts = daemonForm.exec(clean) ?? scriptForm.exec(clean);
  if (parts === null) return { time: '', level: '', text: clean };
  return { time: parts[1] ?? '', level: parts[2] ?? '', text: parts[3] ?? '' };
}

const maxRead = 65_536;

/** Reads what was added to a file since the last call; a file that is not there yet has nothing. */
export class LogFollower {
  readonly #file: string;
  readonly #split: (piece: string) => void;
  #position = 0;

  /** `take` is called for each whole line. */
  constructor(file: string, take: (line: string) => void) {
    this.#file = file;
    this.#split = splitLines(take);
  }

  /** Reads at most 64 KiB; answers whether there was something. */
  async poll(): Promise<boolean> {
    const file = await open(this.#file, 'r').catch(() => undefined);
    if (file === undefined) return false;
    try {
      const { bytesRead, buffer } = await file.read(
        Buffer.alloc(maxRead),
        0,
        maxRead,
        this.#position,
      );
      this.#position += bytesRead;
      if (bytesRead > 0) this.#split(buffer.toString('utf8', 0, bytesRead));
      return bytesRead > 0;
    } finally {
      await file.close();
    }
  }
}
