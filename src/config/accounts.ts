/** The accounts whose numbers must be the same on both nodes: those of services whose files move with their group. */
import { filesystemOf } from './storage.ts';
import type { Resource, ResourceGroup } from './settings.ts';

/** Agents whose service runs as another user than the agent's own name says. */
const usersOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['mysqld', ['mysql']],
  ['mariadb', ['mysql']],
  ['mariadbd', ['mysql']],
  ['httpd', ['apache']],
  ['apache', ['apache', 'www-data', 'wwwrun']],
  ['apache2', ['www-data', 'wwwrun']],
  ['nginx', ['nginx', 'www-data']],
  ['php-fpm', ['apache', 'nginx', 'www-data']],
  ['postgresql', ['postgres']],
  ['pgsql', ['postgres']],
  ['mongod', ['mongod', 'mongodb']],
  ['slapd', ['openldap', 'ldap']],
  ['named', ['named', 'bind']],
  ['bind9', ['bind']],
  ['vsftpd', ['ftp']],
]);

/** Agents that bring a disk or a part of it with them. */
const storageAgents: ReadonlySet<string> = new Set(['drbddisk', 'LVM', 'LVM-activate', 'Raid1']);

const bringsFiles = (resource: Resource): boolean =>
  filesystemOf(resource) !== undefined || storageAgents.has(resource.agent);

/** `OCF::heartbeat:mysql` is the agent mysql, as is a unit with its ending. */
function nameOf({ agent, args }: Resource): string {
  const name = agent === 'OCF' ? (args[0]?.split(':').at(-1) ?? '') : agent;
  return name.replace(/\.service$/, '').replace(/@.*$/, '');
}

/** Names of users that the services of `groups` may run as, where files move with them; not all of them need exist. */
export function usersOnMovingFiles(groups: readonly ResourceGroup[]): readonly string[] {
  const resources = groups
    .filter((group) => group.resources.some(bringsFiles))
    .flatMap((group) => group.resources);
  const names = resources.filter((each) => !bringsFiles(each)).map(nameOf);
  return [...new Set(names.flatMap((name) => [name, ...(usersOf.get(name) ?? [])]))];
}
