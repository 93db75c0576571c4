/** Which programs the lab finds. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { shortEnvironment } from './command.ts';

/** Whether a program of that name is in the short path that everything of the lab gets. */
export function isInPath(name: string): boolean {
  const folders = shortEnvironment()['PATH']?.split(':') ?? [];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false; // not here: the next folder
    }
  });
}
