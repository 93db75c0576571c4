/** The lab's side of the client: starts the asking process on the client host and keeps what it reports. */
import type { ClientReport } from './asking.ts';
import { serviceAddress, servicePort } from './cluster-files.ts';
import type { Host } from './hosts.ts';
import { splitLines } from './lines.ts';
import type { Outage } from './outages.ts';
import { labProgram } from './project.ts';

/** What the client saw until now; lengths in milliseconds. */
export interface ClientView {
  readonly asked: number;
  readonly answered: number;
  /** Who gave the last answer, and how long ago; undefined before the first. */
  readonly from: string | undefined;
  readonly silentFor: number | undefined;
  /** Every outage, the oldest first; the last 1000 are kept. */
  readonly outages: readonly Outage[];
}

const maxOutages = 1_000;

/** A client that asks for the page until it is stopped. */
export class Client {
  #view: ClientView = {
    asked: 0,
    answered: 0,
    from: undefined,
    silentFor: undefined,
    outages: [],
  };
  readonly #process: ReturnType<Host['spawn']>;

  /** `reported` is called for each report, about ten times a second. */
  constructor(host: Host, reported: (report: ClientReport) => void = () => undefined) {
    const target = [serviceAddress, String(servicePort)];
    this.#process = host.spawn(process.execPath, [labProgram, 'client', ...target]);
    this.#process.on('error', () => undefined); // seen as a client that never reports
    this.#process.stdin.on('error', () => undefined); // EPIPE: it has ended already
    const lines = splitLines((line) => {
      const report = parseReport(line);
      if (report === undefined) return;
      this.#keep(report);
      reported(report);
    });
    this.#process.stdout.setEncoding('utf8').on('data', lines);
  }

  get view(): ClientView {
    return this.#view;
  }

  /** The host that answers now: its last answer is at most 200 ms old. */
  get answering(): string | undefined {
    const { from, silentFor } = this.#view;
    return silentFor !== undefined && silentFor <= 200 ? from : undefined;
  }

  /** Asks the process to end, by the end of its input; a host that ends takes it along in any case. */
  stop(): void {
    this.#process.stdin.end();
  }

  #keep(report: ClientReport): void {
    if (report.kind === 'outage') {
      const outages = [...this.#view.outages, report.outage].slice(-maxOutages);
      this.#view = { ...this.#view, outages };
    } else {
      const { asked, answered, from, silentFor } = report;
      this.#view = { ...this.#view, asked, answered, from, silentFor };
    }
  }
}

/** A report from its line, or undefined for a line that is none. */
function parseReport(line: string): ClientReport | undefined {
  try {
    // Our own program wrote it, of this very build; a line cut short by its end does not parse.
    return JSON.parse(line) as ClientReport;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
