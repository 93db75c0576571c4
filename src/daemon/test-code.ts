/** `OnlyForTesting`: datagrams are lost on purpose, as `TestHeartbeatComm` of C's package wants it (spec client-api 15.3). */
import { readFile } from 'node:fs/promises';
import type { LogLine } from '../log-line.ts';

/** What the file says. */
export interface TestCode {
  /** Probabilities, 0 to 1. */
  readonly receiveLoss: number;
  readonly sendLoss: number;
  /** Nodes whose datagrams are always taken; with any, nothing is lost on sending. */
  readonly allowed: ReadonlySet<string>;
}

const maxFileBytes = 65_536;

/** The file's meaning, and what C says to each of its lines. */
export function parseTestCode(
  text: string,
  file: string,
): { readonly code: TestCode; readonly lines: readonly LogLine[] } {
  const code = { receiveLoss: 0, sendLoss: 0, allowed: new Set<string>() };
  const lines: LogLine[] = [{ level: 'info', text: 'WARNING: Enabling Test Code' }];
  const say = (words: string): void => void lines.push({ level: 'info', text: words });
  for (const line of text.slice(0, maxFileBytes).split('\n')) {
    const [name = '', value = ''] = line.trim().split('=', 2);
    if (name === 'rcvloss') {
      code.receiveLoss = probability(value);
      say(`Receive loss probability = ${code.receiveLoss.toFixed(3)}`);
    } else if (name === 'xmitloss') {
      code.sendLoss = probability(value);
      say(`Xmit loss probability = ${code.sendLoss.toFixed(3)}`);
    } else if (name === 'allownodes') {
      code.allowed = new Set(value.toLowerCase().split(';').filter(Boolean));
      say(`Allow nodes = ${value}`);
    } else if (name !== '') {
      lines.push({ level: 'ERROR', text: `Cannot recognize test param [${name}] in [${file}]` });
    }
  }
  say('WARNING: Above Options Now Enabled.');
  return { code, lines };
}

function probability(text: string): number {
  const number = Number.parseFloat(text);
  return Number.isNaN(number) ? 0 : Math.min(1, Math.max(0, number));
}

export interface LossOptions {
  readonly path: string;
  readonly log: (line: LogLine) => void;
  /** Draws from 0 up to 1. */
  readonly random: () => number;
}

/** Decides for each datagram whether it is lost; none is as long as there is no file. */
export class PacketLoss {
  readonly #options: LossOptions;
  #code: TestCode | undefined;

  constructor(options: LossOptions) {
    this.#options = options;
  }

  /** Reads the file, at the start and at each HUP, and says what is in force. */
  async read(): Promise<void> {
    const { log, path } = this.#options;
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) {
      if (this.#code !== undefined) log({ level: 'info', text: 'Test Code Now disabled.' });
      this.#code = undefined;
      return;
    }
    const { code, lines } = parseTestCode(text, path);
    this.#code = code;
    for (const line of lines) log(line);
  }

  /** Whether a datagram that came is to be taken in. */
  letsIn(datagram: Uint8Array): boolean {
    if (this.#code === undefined) return true;
    const { allowed, receiveLoss } = this.#code;
    const sender = /(?:\n|\))src=([^\n,]{1,99})[\n,]/.exec(
      Buffer.from(datagram).toString('latin1'),
    )?.[1];
    if (sender !== undefined && allowed.has(sender)) return true;
    return this.#options.random() >= receiveLoss;
  }

  /** Whether a datagram is to be sent. */
  letsOut(): boolean {
    if (this.#code === undefined || this.#code.allowed.size > 0) return true;
    return this.#options.random() >= this.#code.sendLoss;
  }
}
