/** The file of deleted nodes, in C's format: a line for each, with name, uuid, weight and site (spec membership 1.4). */
import type { LogLine } from '../log-line.ts';
import type { DeletedNode } from '../membership/state.ts';
import { replaceFile } from './durable-file.ts';
import { whyFailed } from './why.ts';

const unknownUuid = '\0'.repeat(16);

/** Keeps the file at `path` as the node says it is. It is for people: nothing here reads it, and a failure is only told. */
export class DeletedNodesFile {
  readonly #path: string;
  readonly #report: (line: LogLine) => void;
  #written: Promise<void> = Promise.resolve();

  constructor(path: string, report: (line: LogLine) => void) {
    this.#path = path;
    this.#report = report;
  }

  /** Writes all of them, after what is being written already. */
  write(nodes: readonly DeletedNode[]): void {
    const bytes = Buffer.from(nodes.map(lineOf).join(''), 'latin1');
    this.#written = this.#written
      .then(() => replaceFile(this.#path, bytes, 0o644))
      .catch((error: unknown) => {
        this.#report({ level: 'WARN', text: `cannot write ${this.#path}: ${whyFailed(error)}` });
      });
  }

  /** Resolves when the file says what was last written. */
  settled(): Promise<void> {
    return this.#written;
  }
}

function lineOf({ name, site, uuid, weight }: DeletedNode): string {
  return `${[name, uuidText(uuid ?? unknownUuid), String(weight), site].join('\t')}\n`;
}

function uuidText(bytes: string): string {
  const hex = Buffer.from(bytes, 'latin1').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
