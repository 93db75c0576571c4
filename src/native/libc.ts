/** The system calls that Node.js lacks, called through koffi; loaded at the first use, never at import. */
import { createRequire } from 'node:module';
import { getSystemErrorMap } from 'node:util';
import type * as Koffi from 'koffi';
import { assert } from '../assert.ts';
import { type Result, fail, succeed } from '../result.ts';

type KoffiModule = typeof Koffi;
type Bytes = Uint8Array;

/**
 * Each call answers what the system call answers, or the negative errno. Buffers are read and filled in place; their length is the
 * caller's duty. The `Later` forms run on a thread of libuv's pool: for the calls that may have to wait for a lock of the kernel.
 */
export interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly close: (fd: number) => number;
  readonly closeLater: (fd: number) => Promise<number>;
  readonly bind: (fd: number, address: Bytes, length: number) => number;
  readonly setsockopt: (
    ...args: [fd: number, level: number, name: number, Bytes, number]
  ) => number;
  readonly getsockopt: (...args: [fd: number, level: number, name: number, Bytes, Bytes]) => number;
  readonly send: (fd: number, bytes: Bytes, length: number, flags: number) => number;
  readonly sendto: (...args: [fd: number, Bytes, number, flags: number, Bytes, number]) => number;
  readonly sendLater: (fd: number, bytes: Bytes, length: number, flags: number) => Promise<number>;
  readonly recv: (fd: number, bytes: Bytes, length: number, flags: number) => number;
  readonly dup2: (from: number, to: number) => number;
  /** The commands that take a number. */
  readonly fcntl: (fd: number, command: number, argument: number) => number;
  readonly ioctl: (fd: number, request: number, argument: Bytes) => number;
  readonly flock: (fd: number, operation: number) => number;
  /** `parameters` is a `struct sched_param`: one int. */
  readonly setScheduler: (pid: number, policy: number, parameters: Bytes) => number;
  /** 0 when there is no interface of that name. */
  readonly interfaceIndex: (name: string) => number;
  /** Writes the name and a NUL to `name`, which must have 16 bytes; not found leaves it as it was. */
  readonly interfaceName: (index: number, name: Bytes) => void;
  readonly errorWords: (errno: number) => string;
  /** _exit(2): does not return. */
  readonly exitNow: (status: number) => void;
}

const errnoAgain = 11;

let loaded: Result<Libc, string> | undefined;

/** The C library, or why koffi could not load it (an architecture without koffi's compiled part, an install without it). */
export function libc(): Result<Libc, string> {
  loaded ??= load();
  return loaded;
}

/** The words of an errno (positive or negative), as the C programs log them: `Network is unreachable`. */
export function errorWords(errno: number): string {
  const library = libc();
  if (library.ok) return library.value.errorWords(Math.abs(errno));
  const [, words] = getSystemErrorMap().get(-Math.abs(errno)) ?? ['', `errno ${String(errno)}`];
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function load(): Result<Libc, string> {
  try {
    const koffi: unknown = createRequire(import.meta.url)('koffi');
    assert(isKoffi(koffi), 'the package koffi has load and errno');
    return succeed(declare(koffi));
  } catch (error) {
    return fail(
      `koffi cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function isKoffi(module: unknown): module is KoffiModule {
  return typeof module === 'object' && module !== null && 'load' in module && 'errno' in module;
}

/** `size_t` and `ssize_t` are `uintptr_t` and `intptr_t` here: koffi 3 knows only these names, and they are of one size on Linux. */
function declare(koffi: KoffiModule): Libc {
  const library = koffi.load(null);
  const call = (prototype: string): ((...args: unknown[]) => number) =>
    withErrno(koffi, library.func(prototype));
  const later = (prototype: string): ((...args: unknown[]) => Promise<number>) =>
    onThread(koffi, library.func(prototype));
  const strerror: (errno: number) => unknown = library.func('const char *strerror(int)');
  const nameOf: (...args: [number, Bytes]) => unknown = library.func(
    'void *if_indextoname(unsigned int, void *)',
  );
  const exitNow: (status: number) => unknown = library.func('void _exit(int)');
  return {
    socket: call('int socket(int, int, int)'),
    close: call('int close(int)'),
    closeLater: later('int close(int)'),
    bind: call('int bind(int, const void *, uint32_t)'),
    setsockopt: call('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: call('int getsockopt(int, int, int, void *, void *)'),
    send: call('intptr_t send(int, const void *, uintptr_t, int)'),
    sendto: call('intptr_t sendto(int, const void *, uintptr_t, int, const void *, uint32_t)'),
    sendLater: later('intptr_t send(int, const void *, uintptr_t, int)'),
    recv: call('intptr_t recv(int, void *, uintptr_t, int)'),
    dup2: call('int dup2(int, int)'),
    fcntl: call('int fcntl(int, int, int)'),
    ioctl: call('int ioctl(int, uintptr_t, void *)'),
    flock: call('int flock(int, int)'),
    setScheduler: call('int sched_setscheduler(int, int, const void *)'),
    interfaceIndex: call('unsigned int if_nametoindex(const char *)'),
    interfaceName: (index, name) => void nameOf(index, name),
    errorWords: (errno) => String(strerror(errno)),
    exitNow: (status) => void exitNow(status),
  };
}

function withErrno(
  koffi: KoffiModule,
  call: (...args: unknown[]) => unknown,
): (...args: unknown[]) => number {
  return (...args) => answer(koffi, call(...args));
}

function onThread(
  koffi: KoffiModule,
  call: { async: (...args: unknown[]) => unknown },
): (...args: unknown[]) => Promise<number> {
  return (...args) =>
    new Promise((resolve) => {
      call.async(...args, (error: unknown, result: unknown) => {
        // koffi's own failure is a want of threads or memory.
        resolve(error instanceof Error ? -errnoAgain : answer(koffi, result));
      });
    });
}

function answer(koffi: KoffiModule, result: unknown): number {
  assert(typeof result === 'number', 'a system call answers a number');
  return result < 0 ? -koffi.errno() : result;
}
