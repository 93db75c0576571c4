/** The lab's side of the client: starts the asking process on the client host and keeps what it reports. */
import type { ClientReport } from './asking.ts';
import { serviceAddress, servicePort } from './cluster-files.ts';
import type { Host } from './hosts.ts';
import { splitLines } from './lines.ts';
import type { Outage } from './outages.ts';
import type { Pace } from './pace.ts';
import { labProgram } from './project.ts';
import type { ClientView, ServiceClient } from './scenario.ts';

const maxOutages = 1_000;

export interface ClientPlan {
  readonly pace: Pace;
  /** Called at the end of each outage. */
  readonly ended: (outage: Outage) => void;
  /** The page that counts as an answer, if it is not the lab's own. */
  readonly page?: string;
}

/** A client that asks for the page until it is stopped. */
export class Client implements ServiceClient {
  readonly check = undefined;
  #view: ClientView = {
    asked: 0,
    answered: 0,
    from: undefined,
    silentFor: undefined,
    outages: [],
  };
  readonly #process: ReturnType<Host['spawn']>;

  readonly #pace: Pace;

  constructor(host: Host, plan: ClientPlan) {
    this.#pace = plan.pace;
    const { askEvery, patience } = plan.pace;
    const words = [serviceAddress, servicePort, askEvery, patience].map(String);
    const page = plan.page === undefined ? [] : [plan.page];
    this.#process = host.spawn(process.execPath, [labProgram, 'client', ...words, ...page]);
    this.#process.on('error', () => undefined); // seen as a client that never reports
    this.#process.stdin.on('error', () => undefined); // EPIPE: it has ended already
    const lines = splitLines((line) => {
      const report = parseReport(line);
      if (report === undefined) return;
      this.#keep(report);
      if (report.kind === 'outage') plan.ended(report.outage);
    });
    this.#process.stdout.setEncoding('utf8').on('data', lines);
  }

  get view(): ClientView {
    return this.#view;
  }

  /** The host that answers now: its last answer is still fresh. */
  get answering(): string | undefined {
    const { from, silentFor } = this.#view;
    return silentFor !== undefined && silentFor <= this.#pace.freshness ? from : undefined;
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
