/** Runs the agents of resources: one call, one outcome. It knows no policy: who starts what, and when, is told by the resource engine. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Action, Job, Outcome } from '../haresources/types.ts';
import type { LogLine } from '../log-line.ts';
import { type Result, fail, succeed } from '../result.ts';
import type { Millis } from '../units.ts';
import { argumentFault, ocfRoot } from './check-arguments.ts';
import {
  type AgentPlaces,
  type Found,
  type Resource,
  availableAgents,
  findAgent,
  isExecutableFile,
} from './find-agent.ts';
import { type BuiltIns, builtInsWith } from './built-ins.ts';
import type { Network } from './network.ts';
import { type Network6, kernelNetwork6 } from './network6.ts';
import {
  type AgentLimits,
  type Call,
  limitOf,
  logRunning,
  runBuiltIn,
  withBadArguments,
} from './run-built-in.ts';
import { isOcf, ocfAction, ocfOutcome, parseOcf } from './ocf.ts';
import { callEnvironment } from './left-at-work.ts';
import { type ScriptAction, type ScriptCall, type ScriptEnd, runScript } from './run-script.ts';
import type { ScriptLog } from './script-log.ts';
import { type ServiceAddresses, openServiceAddresses } from './service-addresses.ts';
import { saysRunning } from './status-text.ts';
import { Units, unitArguments, unitStatus } from './systemd.ts';

export interface AgentsOptions {
  /** `/etc/ha.d/resource.d` */
  readonly resourceD: string;
  /** `/etc/init.d` */
  readonly initD: string;
  /** From `systemctlPath`: undefined where systemd does not run. */
  readonly systemctl: string | undefined;
  /** The whole environment of scripts, from `scriptEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where scripts run, from `workingDirectory`. */
  readonly directory: string;
  readonly limits: Readonly<Record<Action, Millis>>;
  /** By agent; what is missing is in `limits`. */
  readonly agentLimits?: AgentLimits;
  /** Takes what scripts print. */
  readonly debugLog: ScriptLog;
  readonly network: Network;
  /** The kernel's, when left out. */
  readonly network6?: Network6;
  /** Where address agents keep what they must remember: `/run/resource-agents`, when left out. */
  readonly agentFiles?: string;
  /** Takes lines without the prefix `ResourceManager(default)[pid]: `. */
  readonly log: (line: LogLine) => void;
}

/** Why a resource cannot be run here. */
type Unfit =
  | { readonly kind: 'not-found'; readonly agent: string; readonly available: readonly string[] }
  | { readonly kind: 'bad-arguments'; readonly agent: string; readonly why: string };

export interface Agents {
  /**
   * Never rejects. `probe` asks the network whether another machine has the address of an `IPaddr`, `IPaddr2` or `IPv6addr` resource, whatever
   * would run it here; a resource without an address is `stopped`. `signal` kills the script; the outcome is then `failed` or `not-started`.
   */
  readonly run: (job: Job, signal?: AbortSignal) => Promise<Outcome>;
  /** Announces the address of such a resource again, if it is up here; nothing for other resources. */
  readonly announce: (resource: Resource) => Promise<void>;
  /** Tells the neighbours who else has the address of such a resource. Never rejects. */
  readonly introduce: (resource: Resource) => Promise<void>;
  /** For the check of the configuration: what would run the resource. */
  readonly find: (resource: Resource) => Promise<Result<Found, Unfit>>;
  /** Ends the announcements. Scripts go on: to cut a `stop` short would leave its resource half up. */
  readonly close: () => void;
}

/** The agents of this machine (docs/agents.md). */
export function createAgents(options: AgentsOptions): Agents {
  const { resourceD, initD, systemctl, network, network6 = kernelNetwork6(options), log } = options;
  const units = systemctl === undefined ? undefined : new Units(systemctl, options);
  const addresses = openServiceAddresses(network, network6, log, options.agentFiles);
  const places = { resourceD, initD, units };
  const room: Room = { options, places, addresses, builtIns: builtInsWith({ addresses, options }) };
  return {
    run: (job, signal) => run(room, job, signal),
    announce: async (resource) => {
      const address = addresses.of(resource);
      if (address?.ok === true) await address.value.announce();
    },
    introduce: async (resource) => {
      const address = addresses.of(resource);
      if (address?.ok === true) await address.value.introduce();
    },
    find: (resource) => find(room, resource),
    close: () => {
      addresses.close();
    },
  };
}

interface Room {
  readonly options: AgentsOptions;
  readonly places: AgentPlaces;
  readonly addresses: ServiceAddresses;
  readonly builtIns: BuiltIns;
}

async function run(room: Room, job: Job, signal: AbortSignal | undefined): Promise<Outcome> {
  const { resource, action, limit } = job;
  if (action === 'probe') return probe(room, resource);
  if (action === 'stop') stopAnnouncing(room, resource);
  const call = { resource, action, limit };
  const found = await findFor(room, resource);
  switch (found?.kind) {
    case 'script':
      return runAgentScript(room, found.path, call, signal);
    case 'unit':
      return runUnit(room, found.unit, call, signal);
    case 'built-in':
      return runBuiltIn(room.builtIns[found.name], room.options, call, signal);
    case 'ocf':
      return runOcf(room.options, call, signal);
    case undefined:
      return notFound(room.options, resource.agent);
  }
}

function notFound({ log }: AgentsOptions, name: string): Outcome {
  log({ level: 'ERROR', text: `Cannot locate resource script ${name}` });
  return { kind: 'not-found' };
}

/** C's script for OCF cannot run what has a provider: there it does not win. */
function findFor({ places }: Room, resource: Resource): Promise<Found | undefined> {
  return isOcf(resource) ? Promise.resolve({ kind: 'ocf' }) : findAgent(places, resource.agent);
}

async function find(room: Room, resource: Resource): Promise<Result<Found, Unfit>> {
  const { places } = room;
  const { agent } = resource;
  const found = await findFor(room, resource);
  if (found === undefined) {
    return fail({ kind: 'not-found', agent, available: await availableAgents(places) });
  }
  const why =
    found.kind === 'built-in' || found.kind === 'ocf' ? await argumentFault(resource) : undefined;
  return why === undefined ? succeed(found) : fail({ kind: 'bad-arguments', agent, why });
}

async function runOcf(
  options: AgentsOptions,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { action, resource } = call;
  const agent = parseOcf(ocfRoot, resource.args);
  if (!agent.ok) return withBadArguments(options, call, agent.reason);
  const { path, settings } = agent.value;
  if (!(await isExecutableFile(path))) return notFound(options, path);
  if (action !== 'status') logRunning(options, path, [...resource.args.slice(1), action]);
  const environment = { ...options.environment, ...settings };
  const limit = limitOf(options, call);
  const how = { path, args: [ocfAction(action)], action, limit };
  const end = await runLogged({ ...options, environment }, how, signal);
  if (end.kind !== 'exited' && end.kind !== 'killed') {
    return outcomeOf(options, { path, action, limit }, end);
  }
  const outcome = ocfOutcome(action, end);
  if (outcome.kind === 'failed') {
    options.log({ level: 'ERROR', text: `${outcome.why} from ${path}` });
  }
  return outcome;
}

/** Arguments that make no address cannot be probed: a script may understand them, here or on the other node. */
async function probe({ addresses, options }: Room, resource: Resource): Promise<Outcome> {
  const address = addresses.of(resource);
  if (address === undefined) return { kind: 'stopped' };
  const limit = options.limits.probe;
  const outcome = address.ok
    ? await within(limit, address.value.probe())
    : ({ kind: 'failed', code: 2, why: address.reason } as const);
  const why = outcome.kind === 'failed' ? outcome.why : 'it took too long';
  if (outcome.kind === 'failed' || outcome.kind === 'timed-out') {
    const text = `cannot find out whether ${resource.args.join(' ')} is in use: ${why}`;
    options.log({ level: 'WARN', text: `${resource.agent}: ${text}` });
  }
  return outcome;
}

async function within(limit: Millis, act: Promise<Outcome>): Promise<Outcome> {
  const end = new AbortController();
  const late = wait(limit, undefined, { signal: end.signal }).then(
    (): Outcome => ({ kind: 'timed-out', limit }),
    (): Promise<Outcome> => act,
  );
  const outcome = await Promise.race([act, late]);
  end.abort();
  return outcome;
}

/** Also where a script takes the address down: from now on the neighbours are to believe another node. */
function stopAnnouncing({ addresses }: Room, resource: Resource): void {
  const address = addresses.of(resource);
  if (address?.ok === true) address.value.silence();
}

async function runAgentScript(
  { options }: Room,
  path: string,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { resource, action } = call;
  if (action !== 'status') logRunning(options, path, [...resource.args, action]);
  const args = [...resource.args, action];
  const limit = limitOf(options, call);
  const end = await runLogged(options, { path, args, action, limit }, signal);
  return outcomeOf(options, { path, action, limit }, end);
}

async function runUnit(
  { options, places }: Room,
  unit: string,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const { resource, action } = call;
  const path = places.units?.systemctl ?? 'systemctl';
  if (resource.args.length > 0 && action !== 'status') {
    options.log({ level: 'WARN', text: `${unit} is a systemd unit and takes no arguments` });
  }
  if (action !== 'status') logRunning(options, path, [action, unit]);
  const args = unitArguments(action, unit);
  const limit = limitOf(options, call);
  const end = await runLogged(options, { path, args, action, limit }, signal);
  if (action === 'status' && end.kind === 'exited') return unitStatus(end.output);
  return outcomeOf(options, { path, action, limit }, end);
}

async function runLogged(
  options: AgentsOptions,
  call: Pick<ScriptCall, 'path' | 'args' | 'limit'> & { readonly action: ScriptAction },
  signal: AbortSignal | undefined,
): Promise<ScriptEnd> {
  const { environment, directory, debugLog, log } = options;
  const file = await debugLog.open();
  if (!file.ok) log({ level: 'WARN', text: `output of ${call.path} is lost: ${file.reason}` });
  const handle = file.ok ? file.value : undefined;
  const stdout = call.action === 'status' ? 'capture' : 'log';
  try {
    const how = { environment: callEnvironment(environment, call), directory, stdout } as const;
    return await runScript({ ...call, ...how, log: handle?.fd }, signal);
  } finally {
    // Not waited for: a disk that hangs must not hold the outcome back.
    void handle?.close();
  }
}

function outcomeOf(
  { log }: AgentsOptions,
  { action, limit, path }: Pick<ScriptCall, 'path' | 'limit'> & { readonly action: ScriptAction },
  end: ScriptEnd,
): Outcome {
  const error = (text: string): void => {
    log({ level: 'ERROR', text });
  };
  switch (end.kind) {
    case 'exited':
    case 'killed':
      if (action === 'status') return { kind: saysRunning(end.output) ? 'running' : 'stopped' };
      return endOfAct(path, end, error);
    case 'timed-out':
      error(`${path} ${action} killed: it took longer than ${String(limit / 1000)} s`);
      return { kind: 'timed-out', limit };
    case 'cancelled':
      return { kind: 'failed', code: undefined, why: 'cancelled' };
    case 'not-started':
      error(`Cannot run ${path}: ${end.why}`);
      return end;
  }
}

function endOfAct(
  path: string,
  end: Extract<ScriptEnd, { kind: 'exited' | 'killed' }>,
  error: (text: string) => void,
): Outcome {
  if (end.kind === 'exited' && end.code === 0) return { kind: 'done' };
  const code = end.kind === 'exited' ? end.code : undefined;
  const why = end.kind === 'exited' ? `Return code ${String(end.code)}` : `Killed by ${end.by}`;
  error(`${why} from ${path}`);
  return { kind: 'failed', code, why: `${why} from ${path}` };
}
