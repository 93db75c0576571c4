/** The built-in agent portblock: keeps clients from ports while what serves them starts or stops (spec resources 12). */
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed, wordsOf } from './built-in.ts';
import type { ScriptEnd } from './run-script.ts';

interface Request {
  readonly rule: readonly string[];
  readonly action: 'block' | 'unblock';
  /** Exists from a start to a stop; C's agent has the same. */
  readonly stateFile: string;
  /** The rule in words. */
  readonly what: string;
}

const example = 'portblock::tcp::3306::block';
/** What the module multiport of iptables takes; a range counts twice. */
const maxPorts = 15;
/** C's agent adds its rule again at every start where it cannot read the list of this iptables. */
const maxRules = 64;
/** iptables waits so long, in seconds, for another one to finish. */
const lockSeconds = '5';
const notThere = 1;
const notInstalled = 5;

/**
 * `portblock::tcp|udp::ports::block|unblock`, with ports as `80,443` or `5000:5010`. `block`: from start to stop packets to these ports are dropped.
 * `unblock`: they are dropped from stop to start. Both for the same ports are a usual pair, with the service between them: what `block` was
 * told to start stays running when `unblock` has opened the ports.
 */
export const portblock: BuiltIn = portblockBeside('/run/resource-agents');

/** The same with the files of the agents in another directory. */
export function portblockBeside(directory: string): BuiltIn {
  return (args) => {
    const request = parse(directory, args);
    if (!request.ok) return request;
    return succeed({
      start: (call) => start(request.value, call),
      stop: (call) => stop(request.value, call),
      status: (call) => status(request.value, call),
    });
  };
}

function parse(directory: string, args: readonly string[]): Result<Request, string> {
  const [protocol = '', ports = '', action = '', ...more] = args;
  if (protocol !== 'tcp' && protocol !== 'udp') {
    return fail(`"${protocol}" is neither tcp nor udp, as in ${example}`);
  }
  const wrong = ports.split(',').find((part) => !isPorts(part));
  if (wrong !== undefined) return fail(`"${wrong}" is not a port of 1 to 65535, as in ${example}`);
  if (ports.split(/[,:]/).length > maxPorts) return fail('more than 15 ports in one resource');
  if (action !== 'block' && action !== 'unblock') {
    return fail(`"${action}" is neither block nor unblock, as in ${example}`);
  }
  if (more.length > 0) return fail(`three arguments, as in ${example}`);
  return succeed({
    action,
    rule: ['INPUT', '-p', protocol, '-m', 'multiport', '--dports', ports, '-j', 'DROP'],
    stateFile: join(directory, `portblock_${protocol}_${ports}_${action}`),
    what: `${protocol} ${ports}`,
  });
}

/** A number, two of them with a colon, or a name of services(5), which iptables looks up. */
function isPorts(part: string): boolean {
  if (/^[a-z][a-z0-9-]*$/i.test(part)) return true;
  const [from = 0, to = from, ...more] = part.split(':').map(Number);
  const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
  return isPort(from) && isPort(to) && from <= to && more.length === 0;
}

async function status(request: Request, call: BuiltInCall): Promise<Outcome> {
  const blocked = await isBlocked(request, call);
  if (!blocked.ok) return isMissing(blocked.reason) ? { kind: 'stopped' } : blocked.reason;
  const started = await isStarted(request);
  // The resource `unblock` beside it takes the rule away when it starts: `block` is no less started.
  const runs = request.action === 'block' ? blocked.value || started : !blocked.value && started;
  return { kind: runs ? 'running' : 'stopped' };
}

async function start(request: Request, call: BuiltInCall): Promise<Outcome> {
  const set = await setBlocked(request, request.action === 'block', call);
  return set.ok ? remember(request) : set.reason;
}

/** Without iptables nothing was started; a failed stop would end in a reboot. */
async function stop(request: Request, call: BuiltInCall): Promise<Outcome> {
  const set = await setBlocked(request, request.action === 'unblock', call);
  if (!set.ok && isMissing(set.reason) && !(await isStarted(request))) {
    call.log('WARN', `iptables is not installed, and ${request.what} was not started`);
  } else if (!set.ok) {
    return set.reason;
  }
  return forget(request);
}

function isMissing(outcome: Outcome): boolean {
  return outcome.kind === 'failed' && outcome.code === notInstalled;
}

/** Asks before each change, so that neither a second start nor a second stop changes anything. */
async function setBlocked(
  request: Request,
  wanted: boolean,
  call: BuiltInCall,
): Promise<Result<undefined, Outcome>> {
  for (let round = 0; round < maxRules; round += 1) {
    const blocked = await isBlocked(request, call);
    if (!blocked.ok) return blocked;
    if (blocked.value === wanted) return succeed(undefined);
    const end = await iptables([wanted ? '-I' : '-D', ...request.rule], call);
    if (end.kind !== 'exited' || end.code !== 0) return fail(outcomeOf(end));
    call.log('info', `${request.what} ${wanted ? 'blocked' : 'unblocked'}`);
  }
  return fail(failed(`${request.what} is blocked again and again`));
}

async function isBlocked({ rule }: Request, call: BuiltInCall): Promise<Result<boolean, Outcome>> {
  const end = await iptables(['-C', ...rule], call);
  if (end.kind !== 'exited') return fail(outcomeOf(end));
  if (end.code === 0) return succeed(true);
  return end.code === notThere ? succeed(false) : fail(outcomeOf(end));
}

function iptables(words: readonly string[], { run }: BuiltInCall): Promise<ScriptEnd> {
  return run('iptables', ['-w', lockSeconds, ...words]);
}

/** C's codes: 2 for what iptables does not understand, 5 where it is not installed. */
function outcomeOf(end: ScriptEnd): Outcome {
  const code = end.kind === 'exited' ? end.code : 1;
  return failed(`iptables: ${wordsOf(end)}`, end.kind === 'not-started' ? notInstalled : code);
}

function isStarted({ stateFile }: Request): Promise<boolean> {
  return access(stateFile).then(
    () => true,
    () => false,
  );
}

function remember({ stateFile }: Request): Promise<Outcome> {
  return settle(
    mkdir(dirname(stateFile), { recursive: true }).then(() => writeFile(stateFile, '')),
  );
}

function forget({ stateFile }: Request): Promise<Outcome> {
  return settle(rm(stateFile, { force: true }));
}

function settle(written: Promise<unknown>): Promise<Outcome> {
  return written.then(
    (): Outcome => ({ kind: 'done' }),
    (error: unknown) => failed(error instanceof Error ? error.message : String(error)),
  );
}
