/** Where this clone is, and its commands. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from './command.ts';

/** The folder of our package.json, from the source and from the compiled file alike. */
export const projectRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** The compiled lab: it is also the page's web server and the asking client (see main.ts). */
export const labProgram: string = join(projectRoot, 'dist/lab/main.js');

/** The program file of one of our commands, from `bin` of package.json; rejects a name that is not there. */
export function ownCommand(name: string): string {
  const described: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const bin = member(described, 'bin');
  const file = member(bin, name);
  if (typeof file !== 'string') throw new LabError(`package.json names no command ${name}`);
  return join(projectRoot, file);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new LabError('no package.json above the lab');
  return findRoot(parent);
}
