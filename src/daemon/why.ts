/** Why the system refused something, in the words people know from `strerror`. */
import { getSystemErrorMap } from 'node:util';

/** The system's words for a failed call (`Permission denied`), or the message of any other error. */
export function whyFailed(error: unknown): string {
  const words = systemWords(error);
  if (words !== undefined) return words.charAt(0).toUpperCase() + words.slice(1);
  return error instanceof Error ? error.message : String(error);
}

/** The same with the file's name before it, where the system was asked for one. */
export function whatFailed(error: unknown): string {
  const path = error instanceof Error && 'path' in error ? error.path : undefined;
  return typeof path === 'string' ? `${path}: ${whyFailed(error)}` : whyFailed(error);
}

/** `ENOENT`, `EACCES` and their like; undefined when the error is not the system's. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function systemWords(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? getSystemErrorMap().get(error.errno)?.[1] : undefined;
}

/** Where a bug of ours was thrown, as far as that is known. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
