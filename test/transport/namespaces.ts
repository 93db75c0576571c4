/** Stations in network namespaces of their own, joined by cables; root is needed, nothing of this machine's network is touched. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { eventually } from '../hosts/eventually.ts';
import type { Asked, Question, Told } from './station.ts';

const run = promisify(execFile);
const projectRoot = join(import.meta.dirname, '..', '..');
const limitMillis = 8_000;

export interface Heard {
  readonly link: string;
  readonly text: string;
}

/** The station's program as one JavaScript file, for Node.js 20 runs no TypeScript; inside the project, where koffi is found. */
export async function buildStation(): Promise<{ program: string; remove: () => Promise<void> }> {
  const cache = join(projectRoot, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, 'station-'));
  await build({
    configFile: false,
    root: projectRoot,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'station.ts'),
      outDir,
      target: 'node20',
      rolldownOptions: { external: ['koffi'], output: { entryFileNames: 'station.mjs' } },
    },
  });
  return { program: join(outDir, 'station.mjs'), remove: () => rm(outDir, { recursive: true }) };
}

export class Station {
  readonly heard: Heard[] = [];
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (value: unknown) => void>();
  readonly #watchers = new Set<() => void>();
  #isReady = false;
  #asked = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (told: Told) => {
      this.#take(told);
    });
  }

  static async start(program: string): Promise<Station> {
    const child = spawn('unshare', ['--net', '--', process.execPath, program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const station = new Station(child);
    await station.until('it is ready', () => station.#isReady);
    return station;
  }

  get pid(): string {
    return String(this.#child.pid);
  }

  ask(question: Question): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      const asked: Asked = { id, question };
      this.#child.send(asked);
    });
  }

  /** Runs ip(8) in the station's namespace. */
  async ip(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('nsenter', ['-t', this.pid, '-n', 'ip', ...args]);
    return stdout;
  }

  async answersPings(answers: boolean): Promise<void> {
    const setting = `echo ${answers ? '0' : '1'} > /proc/sys/net/ipv4/icmp_echo_ignore_all`;
    await run('nsenter', ['-t', this.pid, '-n', 'sh', '-c', setting]);
  }

  /** Runs several commands of ip(8) at once. */
  async ipBatch(...commands: readonly string[]): Promise<void> {
    const running = run('nsenter', ['-t', this.pid, '-n', 'ip', '-batch', '-']);
    running.child.stdin?.end(`${commands.join('\n')}\n`);
    await running;
  }

  /** Resolves as soon as `holds`, which is asked again whenever the station tells something; rejects after a limit. */
  until(what: string, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#watchers.delete(look);
        const told = JSON.stringify({ heard: this.heard.slice(-5), lines: this.lines.slice(-5) });
        reject(new Error(`not within ${String(limitMillis)} ms: ${what}; ${told}`));
      }, limitMillis);
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(late);
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  hears(text: string): Promise<void> {
    return this.until(`"${text}" is heard`, () => this.heard.some((one) => one.text === text));
  }

  /** The links that a text was heard on, once for each time. */
  linksOf(text: string): string[] {
    return this.heard.filter((one) => one.text === text).map(({ link }) => link);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.kill('SIGKILL');
    });
  }

  #take(told: Told): void {
    if (told.kind === 'ready') this.#isReady = true;
    if (told.kind === 'heard') this.heard.push({ link: told.link, text: told.text });
    if (told.kind === 'line') this.lines.push(`${told.level}: ${told.text}`);
    if (told.kind === 'answer') this.#answers.get(told.id)?.(told.value);
    for (const look of this.#watchers) look();
  }
}

/** A veth pair between two stations, both ends of one name, up and with an address each: 10.N.0.1/24 and 10.N.0.2/24. */
export async function plugCable(
  one: Station,
  other: Station,
  iface: string,
  net: number,
): Promise<void> {
  const ends = (host: number): string[] => [
    `addr add 10.${String(net)}.0.${String(host)}/24 broadcast 10.${String(net)}.0.255 dev ${iface}`,
    `link set ${iface} up`,
  ];
  const pair = `link add ${iface} type veth peer name ${iface} netns ${other.pid}`;
  await one.ipBatch(pair, ...ends(1));
  await other.ipBatch(...ends(2));
  // Until the kernel has told the carrier, up to a second later, frames are lost without a word.
  const areUp = async (): Promise<boolean> => {
    const states = [one, other].map((station) => station.ip('link', 'show', 'dev', iface));
    return (await Promise.all(states)).every((state) => state.includes('state UP'));
  };
  await eventually(`${iface} is up on both`, areUp, limitMillis);
}

export async function giveAddress(station: Station, iface: string, address: string): Promise<void> {
  const broadcast = address.replace(/\d+$/, '255');
  await station.ip('addr', 'add', `${address}/24`, 'broadcast', broadcast, 'dev', iface);
}

/** Sends new texts every 50 ms until the other station hears one of them. */
export async function isHeardAgain(from: Station, by: Station, mark: string): Promise<void> {
  const isHeard = (): boolean => by.heard.some(({ text }) => text.startsWith(`${mark} #`));
  await sendUntil(from, mark, () => false, by.until(`${mark} is heard`, isHeard));
}

/** Sends every 50 ms until what the station tells is enough (or until `done`). */
export async function sendUntil(
  from: Station,
  mark: string,
  isEnough: () => boolean,
  done: Promise<void> = from.until(mark, isEnough),
): Promise<void> {
  let count = 0;
  const sending = setInterval(() => {
    count += 1;
    void from.ask({ ask: 'send', text: `${mark} #${String(count)}` });
  }, 50);
  try {
    await done;
  } finally {
    clearInterval(sending);
  }
}
