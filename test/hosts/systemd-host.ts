/** A machine that systemd runs, in namespaces of its own: root, and a build in dist/. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.ts';

const program = fileURLToPath(new URL('systemd-host.sh', import.meta.url));

export class SystemdHost {
  readonly #folder: string;
  readonly #unshare: ChildProcess;
  /** The process that is 1 in there. */
  readonly #init: string;

  private constructor(folder: string, unshare: ChildProcess, init: string) {
    this.#folder = folder;
    this.#unshare = unshare;
    this.#init = init;
  }

  /** Boots it: node1 with an eth0, and files of heartbeat still to be written. The folder `project` is there, too. */
  static async boot(project: string): Promise<SystemdHost> {
    const folder = await mkdtemp(join(tmpdir(), 'hb-systemd-'));
    const spaces = ['--fork', '--kill-child', '--pid', '--mount', '--net', '--uts', '--ipc'];
    const words = [...spaces, program, folder, project];
    const unshare = spawn('unshare', words, { stdio: ['ignore', 'ignore', 'inherit'] });
    const children = `/proc/${String(unshare.pid)}/task/${String(unshare.pid)}/children`;
    let init = '';
    const isSystemd = async (): Promise<boolean> => {
      init = (await readFile(children, 'utf8')).trim();
      return init !== '' && (await readFile(`/proc/${init}/comm`, 'utf8')) === 'systemd\n';
    };
    await eventually('systemd is process 1', isSystemd, 20_000);
    const host = new SystemdHost(folder, unshare, init);
    await host.run('until [ -S /run/systemd/private ]; do sleep 0.1; done');
    // "degraded" is enough, whatever failed in a machine with such a root.
    await host.run('systemctl is-system-running --wait || true');
    return host;
  }

  /** What the script prints on that machine; one that fails, or takes longer than a minute, rejects. */
  async run(script: string): Promise<string> {
    const enter = [
      '-t',
      this.#init,
      '-m',
      '-p',
      '-n',
      '-u',
      '-i',
      '-C',
      '-r',
      '-w',
      'bash',
      '--norc',
      '-euc',
    ];
    const options = { timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const { stdout } = await promisify(execFile)('nsenter', [...enter, script], options);
    return stdout.trimEnd();
  }

  /** Takes its power. */
  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#unshare.once('exit', resolve));
    process.kill(Number(this.#init), 'SIGKILL');
    await gone;
    const sweep = 'mount -t cgroup2 cgroup2 "$1" && find "$1/${1##*/}" -depth -type d -delete';
    await promisify(execFile)('unshare', ['-m', 'sh', '-c', sweep, 'sweep', this.#folder]);
    await rm(this.#folder, { recursive: true });
  }
}
