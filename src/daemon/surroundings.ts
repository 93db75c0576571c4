/** Asks this machine what the check of the configuration wants to know of it. */
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { argumentFault } from '../agents/check-arguments.ts';
import { availableAgents, findAgent, type AgentPlaces } from '../agents/find-agent.ts';
import { type AddressRequest, parseAddressRequest } from '../agents/ipaddr-arguments.ts';
import { type Accounts, accountsOf } from '../clients/accounts.ts';
import { type DeviceFacts, devicesFor } from '../config/fencing-device.ts';
import type { Interface, Surroundings, Understood } from '../config/surroundings.ts';
import { questionsOf } from '../config/surroundings.ts';
import { addresses } from '../native/network.ts';
import { pluginFacts, stonithPlaces } from '../stonith/plugins.ts';
import type { NodeName } from '../units.ts';
import { findFile, programPlaces } from './child-launch.ts';

/** A name server that does not answer must not hold up the start for longer, in milliseconds. */
const lookupLimit = 5_000;

/** Answers to all questions that `understood` raises; what cannot be found out counts as missing. */
export async function surroundingsOf(
  understood: Understood,
  self: NodeName,
  places: AgentPlaces,
): Promise<Surroundings> {
  const questions = questionsOf(understood, self);
  const accounts = await accountsOf(questions).catch((): Accounts => ({
    users: new Map(),
    groups: new Map(),
  }));
  const [interfaces, hosts, noCommands, agents, badArguments, devices] = await Promise.all([
    interfacesHere(),
    addressesOfHosts(questions.hosts),
    without(questions.commands, isInstalled),
    agentsFor(understood, places),
    badArgumentsOf(understood),
    deviceFacts(understood, self),
  ]);
  return {
    self,
    interfaces,
    hosts,
    noUsers: missingFrom(accounts.users, questions.users),
    noGroups: missingFrom(accounts.groups, questions.groups),
    noCommands,
    agents,
    badArguments,
    devices,
    addressForms: addressFormsOf(understood),
  };
}

/** More than any line of parameters needs. */
const maxParameterFile = 65_536;

/** What the plug-ins of this node's fencing devices want to know, and the files that say it. */
async function deviceFacts({ haCf }: Understood, self: NodeName): Promise<DeviceFacts> {
  const own = devicesFor(haCf.stonith, self);
  const types = [...new Set(own.map(({ type }) => type))];
  const files = own.flatMap(({ from }) => (from.kind === 'file' ? [from.path] : []));
  const environment = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const runner = { directory: '/', environment, places: stonithPlaces };
  const plugins = types.map(async (type) => [type, await pluginFacts(type, runner)] as const);
  const texts = files.map(async (path) => [path, await parameterFile(path)] as const);
  return {
    plugins: new Map(await Promise.all(plugins)),
    files: new Map(await Promise.all(texts)),
  };
}

/** Not blocking: a FIFO in the file's place would hold a thread for ever. */
async function parameterFile(path: string): Promise<string | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(maxParameterFile),
      0,
      maxParameterFile,
      0,
    );
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

/** How our own IPaddr understands what it will be given; scripts of that name take the same. */
function addressFormsOf({ haresources }: Understood): Surroundings['addressForms'] {
  const resources = haresources.flatMap((group) => group.resources);
  return new Map(
    resources
      .filter(({ agent }) => agent === 'IPaddr')
      .map(({ text, args }) => {
        const request = parseAddressRequest(args);
        return [text, request.ok ? normalForm(request.value) : undefined];
      }),
  );
}

function normalForm({ address, prefix, iface, broadcast }: AddressRequest): string {
  const parts = [address, prefix, iface, broadcast];
  return parts.filter((part) => part !== undefined).join('/');
}

/** IPaddr has words of its own for what it does not understand. */
async function badArgumentsOf({ haresources }: Understood): Promise<Surroundings['badArguments']> {
  const resources = haresources.flatMap((group) => group.resources);
  const faults = await Promise.all(
    resources
      .filter(({ agent }) => agent !== 'IPaddr')
      .map(async (resource) => [resource.text, await argumentFault(resource)] as const),
  );
  return new Map(faults.flatMap(([text, why]) => (why === undefined ? [] : [[text, why]])));
}

async function without(
  words: readonly string[],
  isThere: (word: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const found = await Promise.all(words.map(isThere));
  return new Set(words.filter((_, index) => found[index] !== true));
}

function missingFrom(
  known: ReadonlyMap<string, number>,
  words: readonly string[],
): ReadonlySet<string> {
  const numbers = new Set([...known.values()].map(String));
  return new Set(words.filter((word) => !known.has(word) && !numbers.has(word)));
}

/** The IPv4 addresses of each host by the system's own rules, all at once; none for a name without an answer in time. */
export async function addressesOfHosts(
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await Promise.all(names.map(addressesOf));
  return new Map(names.map((name, index) => [name, found[index] ?? []]));
}

async function addressesOf(name: string): Promise<readonly string[]> {
  if (isIP(name) === 4) return [name];
  const limit = new AbortController();
  const late = delay(lookupLimit, [], { signal: limit.signal, ref: false }).catch(() => []);
  const found = lookup(name, { family: 4, all: true }).then(
    (answers) => answers.map(({ address }) => address),
    () => [],
  );
  const answer = await Promise.race([found, late]);
  limit.abort();
  return answer;
}

/** Whether the program would be started, be it from another distribution's place. */
async function isInstalled(command: string): Promise<boolean> {
  return (await findFile(command, programPlaces)) !== undefined;
}

/** Only when an agent is missing are all of them listed: that asks systemd, which takes its time. */
async function agentsFor(
  { haresources }: Understood,
  places: AgentPlaces,
): Promise<ReadonlySet<string>> {
  const wanted = haresources.flatMap((group) => group.resources.map((resource) => resource.agent));
  const missing = await without([...new Set(wanted)], async (agent) => {
    return (await findAgent(places, agent)) !== undefined;
  });
  if (missing.size === 0) return new Set(wanted);
  const available = await availableAgents(places);
  return new Set([...available, ...wanted.filter((agent) => !missing.has(agent))]);
}

async function interfacesHere(): Promise<readonly Interface[]> {
  const listed = await addresses();
  const names = await interfaceNames();
  if (!listed.ok) return interfacesOfNode(names);
  return names.map((name) => ({
    name,
    addresses: listed.value
      .filter(({ iface }) => iface === name)
      .map(({ address, prefix, broadcast }) => ({
        address,
        prefix,
        ...(broadcast === undefined ? {} : { broadcast }),
      })),
  }));
}

/** Every interface of this network namespace, those that are down included; Node.js tells only of those with an address. */
async function interfaceNames(): Promise<readonly string[]> {
  const text = await readFile('/proc/self/net/dev', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => /^\s*([^\s:]+(?::\d+)?):/.exec(line)?.[1] ?? []);
}

/** Without the kernel's own list it is not known whether there is a broadcast address: it is taken for granted. */
function interfacesOfNode(names: readonly string[]): readonly Interface[] {
  const known = networkInterfaces();
  return names.map((name) => ({
    name,
    addresses: (known[name] ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, cidr }) => ({
        address,
        prefix: Number(cidr?.split('/')[1] ?? 32),
        broadcast: address,
      })),
  }));
}
