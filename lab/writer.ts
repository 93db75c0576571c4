/** A client of the database that inserts numbered rows all the time, one after the other, and remembers which were acknowledged. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { serviceAddress } from './cluster-files.ts';
import { describeOutcome, killGroup } from './command.ts';
import type { Host } from './hosts.ts';
import { splitLines } from './lines.ts';
import { noAnswers, withAnswer, type Answers, type Outage } from './outages.ts';
import type { Pace } from './pace.ts';
import { broken, held, type ClientView, type Finding, type ServiceClient } from './scenario.ts';

const interval = 10;
/** Between the end of one connection and the next attempt. */
const rest = 20;
const maxOutages = 1_000;
/** Rows that are read at once, so that their text stays below what a command may say. */
const pageLength = 50_000;
const readLimit = 60_000;

interface WriterPlan {
  readonly pace: Pace;
  readonly ended: (outage: Outage) => void;
}

const loginWords = ['--no-defaults', `--host=${serviceAddress}`, '--user=lab', '--batch'];
const clientWords = [...loginWords, '--skip-column-names', '--connect-timeout=2'];

/** Writes by MariaDB's own client program, over the service's address; a write without an answer is given up, and its number with it. */
export class Writer implements ServiceClient {
  readonly #host: Host;
  readonly #plan: WriterPlan;
  readonly #acknowledged = new Set<number>();
  #answers: Answers = noAnswers;
  #outages: readonly Outage[] = [];
  #number = 0;
  #connection: ChildProcessWithoutNullStreams | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(host: Host, plan: WriterPlan) {
    this.#host = host;
    this.#plan = plan;
    this.#connect();
  }

  get view(): ClientView {
    const { asked, answered, last } = this.#answers;
    const silentFor = last === undefined ? undefined : performance.now() - last.at;
    return { asked, answered, from: last?.from, silentFor, outages: this.#outages };
  }

  get answering(): string | undefined {
    const { from, silentFor } = this.view;
    return silentFor !== undefined && silentFor <= this.#plan.pace.freshness ? from : undefined;
  }

  /** Whether every row that was acknowledged until now is in the table. */
  readonly check = async (): Promise<Finding> => {
    const wanted = [...this.#acknowledged];
    const there = await this.#readAll();
    if (typeof there === 'string') return broken(`the rows cannot be read: ${there}`);
    const lost = wanted.filter((number) => !there.has(number));
    if (lost.length === 0) return held(`all ${String(wanted.length)} acknowledged rows are there`);
    const some = lost.slice(0, 5).join(', ');
    return broken(`${String(lost.length)} acknowledged rows are LOST: ${some} …`);
  };

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if (this.#connection !== undefined) killGroup(this.#connection);
  }

  #connect(): void {
    if (this.#stopped || this.#host.pid === undefined) return;
    const child = this.#host.spawn('mariadb', [...clientWords, '--unbuffered', 'lab']);
    this.#connection = child;
    child.stdin.on('error', () => undefined); // the connection was lost: seen as its end
    child.stderr.resume();
    child.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on(
      'data',
      splitLines((line) => {
        this.#take(line);
      }),
    );
    child.once('close', () => {
      this.#later(rest, () => {
        this.#connect();
      });
    });
    this.#write(child);
  }

  /** The number is written and read again in one go: the answer comes only after the commit. */
  #write(child: ChildProcessWithoutNullStreams): void {
    this.#number += 1;
    this.#answers = { ...this.#answers, asked: this.#answers.asked + 1 };
    const number = String(this.#number);
    child.stdin.write(
      `INSERT INTO numbered VALUES (${number}, @@hostname); SELECT ${number}, @@hostname;\n`,
    );
    this.#later(this.#plan.pace.patience, () => {
      killGroup(child);
    });
  }

  #take(line: string): void {
    const [number = '', from = ''] = line.split('\t');
    if (Number(number) !== this.#number || from === '') return;
    this.#acknowledged.add(this.#number);
    const step = withAnswer(this.#answers, from, performance.now());
    this.#answers = step.answers;
    if (step.outage !== undefined) {
      this.#outages = [...this.#outages, step.outage].slice(-maxOutages);
      this.#plan.ended(step.outage);
    }
    const child = this.#connection;
    if (child === undefined) return;
    this.#later(interval, () => {
      this.#write(child);
    });
  }

  /** There is one thing to wait for at a time. */
  #later(length: number, act: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(act, length);
  }

  async #readAll(): Promise<ReadonlySet<number> | string> {
    const found = new Set<number>();
    for (let after = 0; ;) {
      const query = `SELECT number FROM numbered WHERE number > ${String(after)} ORDER BY number LIMIT ${String(pageLength)}`;
      const words = [...clientWords, `--execute=${query}`, 'lab'];
      const outcome = await this.#host.run('mariadb', words, { timeout: readLimit });
      if (outcome.kind !== 'exited' || outcome.code !== 0) return describeOutcome(outcome);
      const numbers = outcome.output.split('\n').filter(Boolean).map(Number);
      for (const number of numbers) found.add(number);
      if (numbers.length < pageLength) return found;
      after = numbers.at(-1) ?? after;
    }
  }
}
