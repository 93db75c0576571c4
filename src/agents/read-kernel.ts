/** Reads what the kernel tells in files: what is not there is told apart from what cannot be read. */
import { readFile } from 'node:fs/promises';
import { type Result, fail, succeed } from '../result.ts';

/** Also what the kernel says of a device or a process that goes while it is read. */
const absences: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ESRCH']);

/** Whether an error of node:fs says that there is no such file; any other says nothing of what there is. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && absences.has(error.code);
}

/** The file's text without the blanks around it, empty when it is not there. Fails with words when it cannot be read. */
export function readKernel(path: string): Promise<Result<string, string>> {
  return readFile(path, 'latin1').then(
    (text) => succeed(text.trim()),
    (error: unknown) => {
      if (isAbsence(error)) return succeed('');
      return fail(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
}
