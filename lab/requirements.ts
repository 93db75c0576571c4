/** What the machine must have; nothing is installed, what is missing is named. */
import { existsSync, readFileSync } from 'node:fs';
import { findCProgram } from './implementation.ts';
import type { LabOptions } from './options.ts';
import type { NeededProgram } from './scenario.ts';
import { isInPath } from './path.ts';

const programs: readonly NeededProgram[] = [
  { name: 'ip', debianPackage: 'iproute2' },
  { name: 'unshare', debianPackage: 'util-linux' },
  { name: 'nsenter', debianPackage: 'util-linux' },
  { name: 'setsid', debianPackage: 'util-linux' },
  { name: 'mount', debianPackage: 'mount' },
  { name: 'hostname', debianPackage: 'hostname' },
];

/** Each thing that is missing, as a sentence that says what to do. Empty when the lab can start. `more` is what its scenario needs. */
export function missingRequirements(
  options: Pick<LabOptions, 'implementations'>,
  more: readonly NeededProgram[] = [],
): readonly string[] {
  const missing = [...programs, ...more]
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
  if (!isRealRoot()) {
    missing.push(
      'the C heartbeat changes to the user hacluster, which needs real root: sudo npm run lab',
    );
  }
  return missing;
}

/** Whether this process is root of the machine, not only of a user namespace. */
export function isRealRoot(): boolean {
  const map = '/proc/self/uid_map';
  return process.getuid?.() === 0 && existsSync(map) && hasAllUsers(readFileSync(map, 'utf8'));
}

/** Whether a uid_map shows every user, as outside of user namespaces: one line `0 0 4294967295`. */
export function hasAllUsers(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}
