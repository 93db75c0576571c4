/**
 * A small machine in QEMU that runs one program: for what the running kernel has not (NFS, LVM, RAID, DRBD). It boots Debian's cloud
 * kernel, without a disk and without a network card, and sees all files of this machine in their places; what it changes is
 * forgotten at its end. It is emulated in software: programs run ten to twenty times slower, so nothing in it should be in a hurry.
 */
import { execFile, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { killGroup, LabError, mustRun, shortEnvironment, startCommand } from './command.ts';
import { makeArchive, type ArchiveEntry } from './cpio.ts';
import { firstStage, rootShare, secondStage } from './guest-scripts.ts';
import { makeLabFolder, removeLabFolder } from './lab-folder.ts';
import { splitLines } from './lines.ts';
import { isInPath } from './path.ts';
import { waitUntil } from './wait.ts';

export interface GuestJob {
  /** The program and its arguments, as it is called on this machine; it starts in /, as root. Its TMPDIR is memory. */
  readonly command: readonly string[];
  /** Added to the short environment every program of the lab gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds from the power switch to the job's end. */
  readonly limit: number;
  /** MiB; default 1024. */
  readonly memory?: number;
  /** Gets each line of the job's stdout and stderr. */
  readonly said: (line: string) => void;
  /** Its abort is the machine's end. */
  readonly signal?: AbortSignal;
}

/** What became of the job. */
export type GuestEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'timed-out'; readonly limit: number }
  /** It never ran, or its machine died under it; `why` is the end of what the machine said. */
  | { readonly kind: 'lost'; readonly why: string };

const emulator = 'qemu-system-x86_64';
/** Debian 12's is a part of QEMU, Debian 13's a program of its own, with other options. */
const fileServers = [
  { program: '/usr/lib/qemu/virtiofsd', source: '-osource=/,cache=always,sandbox=chroot' },
  { program: '/usr/libexec/virtiofsd', source: '--shared-dir=/' },
] as const;
const processors = 2;
const defaultMemory = 1_024;
const fileServerLimit = 10_000;

/** What it takes to start such a machine and is missing, in sentences that say what to do. */
export function missingForVirtualMachine(): readonly string[] {
  const wanted: readonly (readonly [boolean, string, string])[] = [
    [isInPath(emulator), emulator, 'qemu-system-x86'],
    [fileServer() !== undefined, 'virtiofsd', 'qemu-system-common (Debian 12) or virtiofsd'],
    [isInPath('busybox'), 'busybox', 'busybox-static'],
    [isInPath('modprobe'), 'modprobe', 'kmod'],
    [isInPath('setpriv'), 'setpriv', 'util-linux'],
    [newestKernel() !== undefined, "Debian's cloud kernel", 'linux-image-cloud-amd64'],
  ];
  return wanted
    .filter(([isThere]) => !isThere)
    .map(([, what, debianPackage]) => `${what} is missing: apt-get install ${debianPackage}`);
}

/** Starts a machine, runs the job in it and switches it off. Rejects with a LabError when it cannot be started. Needs real root. */
export async function runInVirtualMachine(job: GuestJob): Promise<GuestEnd> {
  const [missing] = missingForVirtualMachine();
  if (missing !== undefined) throw new LabError(missing);
  const folder = await makeLabFolder();
  const started: ChildProcessWithoutNullStreams[] = [];
  try {
    await writeFile(join(folder, 'first-root'), makeArchive(await firstRoot(job)));
    started.push(await startFileServer(folder));
    const machine = startBound(emulator, emulatorArguments(folder, job));
    started.push(machine);
    machine.stdout.setEncoding('utf8').on('data', splitLines(job.said));
    return await endOf(machine, folder, job);
  } finally {
    for (const child of started) killGroup(child);
    await removeLabFolder(folder);
  }
}

/** A program that cannot outlive the lab, however that ends. */
function startBound(program: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const child = startCommand('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args]);
  child.on('error', () => undefined); // it ends without a word: seen by who waits for it
  child.stdin.on('error', () => undefined);
  return child;
}

async function startFileServer(folder: string): Promise<ChildProcessWithoutNullStreams> {
  const server = fileServer();
  if (server === undefined) throw new LabError('virtiofsd is missing');
  const socket = join(folder, 'files.sock');
  const child = startBound(server.program, [`--socket-path=${socket}`, server.source]);
  child.stdout.resume();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-1_000);
  });
  const waited = await waitUntil(() => existsSync(socket) || hasEnded(child), fileServerLimit);
  if (waited !== undefined && !hasEnded(child)) return child;
  killGroup(child);
  throw new LabError(`virtiofsd does not start: ${errors.trim()}`);
}

const hasEnded = (child: ChildProcessWithoutNullStreams): boolean =>
  child.exitCode !== null || child.signalCode !== null;

function emulatorArguments(folder: string, job: GuestJob): readonly string[] {
  const memory = `${String(job.memory ?? defaultMemory)}M`;
  const kernelWords = 'console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on audit=0';
  return [
    ...['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'Nehalem'],
    ...['-smp', String(processors), '-m', memory],
    ...[
      '-object',
      `memory-backend-memfd,id=mem,size=${memory},share=on`,
      '-numa',
      'node,memdev=mem',
    ],
    ...['-kernel', `/boot/vmlinuz-${newestKernel() ?? ''}`, '-initrd', join(folder, 'first-root')],
    ...['-append', `${kernelWords} no_timer_check tsc=reliable`],
    ...['-chardev', `socket,id=files,path=${join(folder, 'files.sock')}`],
    ...['-device', `vhost-user-fs-pci,chardev=files,tag=${rootShare}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-nic', 'none', '-no-reboot'],
    ...[
      '-chardev',
      `file,id=console,path=${join(folder, 'console')}`,
      '-serial',
      'chardev:console',
    ],
    ...['-chardev', 'stdio,id=output,signal=off', '-serial', 'chardev:output'],
    ...['-chardev', `file,id=status,path=${join(folder, 'status')}`, '-serial', 'chardev:status'],
  ];
}

async function endOf(
  machine: ChildProcessWithoutNullStreams,
  folder: string,
  { limit, signal }: GuestJob,
): Promise<GuestEnd> {
  let errors = '';
  machine.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-1_000);
  });
  const outOfTime = AbortSignal.timeout(limit);
  const end = AbortSignal.any(signal === undefined ? [outOfTime] : [outOfTime, signal]);
  const switchOff = (): void => {
    killGroup(machine);
  };
  end.addEventListener('abort', switchOff);
  if (end.aborted) switchOff();
  await new Promise((resolve) => machine.once('close', resolve).once('error', resolve));
  const status = await textOf(join(folder, 'status'));
  if (/^\d+\s*$/.test(status)) return { kind: 'exited', code: Number(status) };
  if (outOfTime.aborted) return { kind: 'timed-out', limit };
  const said = `${errors}${await textOf(join(folder, 'console'))}`;
  return { kind: 'lost', why: said.trim().slice(-1_000) };
}

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

async function firstRoot(job: GuestJob): Promise<readonly ArchiveEntry[]> {
  const folders = ['bin', 'modules', 'proc', 'sys', 'dev', 'low', 'upper', 'new'];
  const environment = { ...shortEnvironment(), TERM: 'dumb', TMPDIR: '/machine/tmp', ...job.env };
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const words = [...assignments, ...job.command].map((word) => `${word}\0`);
  return [
    ...folders.map((name) => ({ name, mode: 0o755, content: undefined })),
    { name: 'bin/busybox', mode: 0o755, content: await readFile(await busybox()) },
    { name: 'init', mode: 0o755, content: firstStage },
    { name: 'second-stage', mode: 0o755, content: secondStage },
    { name: 'job', mode: 0o644, content: words.join('') },
    ...(await modules()),
  ];
}

async function busybox(): Promise<string> {
  return (await mustRun('sh', ['-c', 'command -v busybox'])).trim();
}

/** The modules that lead to the root file system, in the order in which they are loaded. */
async function modules(): Promise<readonly ArchiveEntry[]> {
  const kernel = newestKernel() ?? '';
  const files: string[] = [];
  for (const name of ['virtio_pci', 'virtiofs', 'overlay']) {
    const list = await mustRun('modprobe', ['-S', kernel, '--show-depends', name]);
    files.push(...[...list.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] ?? ''));
  }
  return Promise.all(
    [...new Set(files)].map(async (file, index) => ({
      name: `modules/${String(index).padStart(2, '0')}.ko`,
      mode: 0o644,
      content: await unpacked(file),
    })),
  );
}

/** Debian 13 packs its modules. */
async function unpacked(file: string): Promise<Buffer> {
  if (!file.endsWith('.xz')) return readFile(file);
  const options = { encoding: 'buffer', maxBuffer: 67_108_864 } as const;
  return (await promisify(execFile)('xz', ['-dc', '--', file], options)).stdout;
}

function fileServer(): (typeof fileServers)[number] | undefined {
  return fileServers.find(({ program }) => existsSync(program));
}

/** The version of the newest cloud kernel with its modules. */
function newestKernel(): string | undefined {
  if (!existsSync('/boot')) return undefined;
  const versions = readdirSync('/boot')
    .map((file) => /^vmlinuz-(.+-cloud-amd64)$/.exec(file)?.[1] ?? '')
    .filter((version) => version !== '' && existsSync(`/lib/modules/${version}/modules.dep`));
  return versions.sort((one, other) => one.localeCompare(other, 'en', { numeric: true })).at(-1);
}
