/** Runs another program to its end: arguments as they are, no shell, limits on time and output. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How a program ended; `stdout` and `stderr` are byte strings (latin1). */
export type ProgramEnd =
  | {
      readonly kind: 'ended';
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** It is not installed, or may not be executed. */
  | { readonly kind: 'not-there' }
  /** `limit` was signalled first, and it was killed. */
  | { readonly kind: 'too-slow' };

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: Uint8Array | string;
  readonly limit: AbortSignal;
}

/** More than the files that are looked at may have; what is beyond is dropped. */
const maxOutputBytes = 8 << 20;
/** A program that does not mind TERM is killed after so long. */
const graceMillis = 1000;
/** What a shell says, too, of a program that a signal ended. */
const signalStatus = 128;

/** The end of the program; never rejects. Its messages are in English, so that they can be understood. */
export async function runProgram(call: ProgramCall): Promise<ProgramEnd> {
  const { limit } = call;
  if (limit.aborted) return { kind: 'too-slow' };
  const child = spawn(call.program, call.args, { env: { ...process.env, LC_ALL: 'C' } });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A program that ends before it has read all is judged by its status.
  child.stdin.on('error', () => undefined);
  child.stdin.end(call.input);
  const timers = new Set<NodeJS.Timeout>();
  try {
    return await new Promise<ProgramEnd>((resolve) => {
      child.once('error', () => {
        resolve({ kind: 'not-there' });
      });
      child.once('close', (code) => {
        const end = { kind: 'ended', code: code ?? signalStatus } as const;
        resolve(
          limit.aborted ? { kind: 'too-slow' } : { ...end, stdout: stdout(), stderr: stderr() },
        );
      });
      limit.addEventListener('abort', () => {
        child.kill('SIGTERM');
        const kill = (): void => {
          child.kill('SIGKILL');
          resolve({ kind: 'too-slow' });
        };
        timers.add(setTimeout(kill, graceMillis));
      });
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** What has been read so far, whenever it is asked for. */
function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes < maxOutputBytes) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('latin1', 0, maxOutputBytes);
}
