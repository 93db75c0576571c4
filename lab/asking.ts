/** The client's own process: asks for the page again and again, each time on a new connection, and reports on stdout. */
import { connect, type Socket } from 'node:net';
import { noAnswers, servedBy, withAnswer, type Answers, type Outage } from './outages.ts';

const reportInterval = 100;
const maxPageLength = 4_096;

/** One line of stdout, as JSON. */
export type ClientReport =
  | { readonly kind: 'outage'; readonly outage: Outage }
  | {
      readonly kind: 'now';
      readonly asked: number;
      readonly answered: number;
      /** Who answered last, and how many milliseconds ago; undefined before the first answer. */
      readonly from: string | undefined;
      readonly silentFor: number | undefined;
    };

export interface Question {
  readonly address: string;
  readonly port: number;
  /** Milliseconds between two questions, and until one is given up. */
  readonly interval: number;
  readonly patience: number;
  /** The page that is an answer; undefined: the lab's own. */
  readonly page: string | undefined;
}

/** Asks until its stdin ends. */
export function askForever({ address, port, interval, patience, page }: Question): void {
  let answers: Answers = noAnswers;
  const open = new Map<Socket, number>();
  const report = (line: ClientReport): void => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };

  process.stdin.on('end', () => process.exit(0)).resume();
  setInterval(() => {
    giveUpOld(open, patience);
    answers = { ...answers, asked: answers.asked + 1 };
    askOnce(open, { address, port }, (text) => {
      const from = servedBy(text, page);
      if (from === undefined) return;
      const step = withAnswer(answers, from, performance.now());
      answers = step.answers;
      if (step.outage !== undefined) report({ kind: 'outage', outage: step.outage });
    });
  }, interval);
  setInterval(
    () => {
      const { asked, answered, last } = answers;
      const silentFor = last === undefined ? undefined : performance.now() - last.at;
      report({ kind: 'now', asked, answered, from: last?.from, silentFor });
    },
    Math.max(interval, reportInterval),
  );
}

function askOnce(
  open: Map<Socket, number>,
  to: { readonly address: string; readonly port: number },
  answered: (page: string) => void,
): void {
  const socket = connect({ host: to.address, port: to.port });
  let page = '';
  open.set(socket, performance.now());
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    socket.write('GET / HTTP/1.0\r\n\r\n');
  });
  socket.on('data', (text) => {
    page = (page + text.toString()).slice(0, maxPageLength);
  });
  socket.on('end', () => {
    answered(page);
  });
  socket.on('error', () => {
    socket.destroy(); // refused or unreachable: this is what is being measured
  });
  socket.on('close', () => {
    open.delete(socket);
  });
}

function giveUpOld(open: Map<Socket, number>, patience: number): void {
  const now = performance.now();
  for (const [socket, since] of open) {
    if (now - since < patience) return; // a Map keeps its order: the rest is younger
    socket.destroy();
    open.delete(socket);
  }
}
