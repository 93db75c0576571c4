/** What the machine must have; nothing is installed, what is missing is named. */
import { existsSync, readFileSync } from 'node:fs';
import { findCProgram } from './implementation.ts';
import type { LabOptions } from './options.ts';
import { isInPath } from './path.ts';

const programs: readonly { readonly name: string; readonly debianPackage: string }[] = [
  { name: 'ip', debianPackage: 'iproute2' },
  { name: 'unshare', debianPackage: 'util-linux' },
  { name: 'nsenter', debianPackage: 'util-linux' },
  { name: 'setsid', debianPackage: 'util-linux' },
  { name: 'mount', debianPackage: 'mount' },
  { name: 'hostname', debianPackage: 'hostname' },
];

/** Each thing that is missing, as a sentence that says what to do. Empty when the lab can start. */
export function missingRequirements(options: LabOptions): readonly string[] {
  const missing = programs
    .filter(({ name }) => !isInPath(name))
    .map(({ name, debianPackage }) => `${name} is missing: apt-get install ${debianPackage}`);
  const isC = options.implementations.includes('c');
  return isC ? [...missing, ...missingForC()] : missing;
}

function missingForC(): readonly string[] {
  const missing: string[] = [];
  if (findCProgram('heartbeat') === undefined) {
    missing.push('the C heartbeat is not installed: apt-get install heartbeat');
  }
  if (!isInPath('ifconfig')) {
    missing.push('the C heartbeat needs ifconfig and route: apt-get install net-tools');
  }
  if (
    !existsSync('/proc/self/uid_map') ||
    !hasAllUsers(readFileSync('/proc/self/uid_map', 'utf8'))
  ) {
    missing.push(
      'the C heartbeat changes to the user hacluster, which needs real root: sudo npm run lab',
    );
  }
  return missing;
}

/** Whether a uid_map shows every user, as outside of user namespaces: one line `0 0 4294967295`. */
export function hasAllUsers(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}
