/** What `ha_propagate` does: check the files here, show what differs on the other nodes, ask, and copy (spec config 14). */
import { formatProblem } from '../config/format-problem.ts';
import type { Language } from '../config/language.ts';
import { parseSettings } from '../config/parse-settings.ts';
import { hasErrors } from '../config/problem.ts';
import { fail, succeed, type Result } from '../result.ts';
import { nodeName, type NodeName } from '../units.ts';
import { changesOf, diffLines, onlyThere, wordsOfChange, type FileChange } from './differences.ts';
import type { PropagatePlan } from './propagate-options.ts';
import { readLocalFiles, type LocalFile, type LocalFiles } from './propagated-files.ts';
import { explainFailure } from './remote-failure.ts';
import { copy, look, type RemoteFailure, type RemoteOptions } from './remote-node.ts';
import type { RemoteView } from './remote-script.ts';

/** The surroundings of the command. */
export interface PropagateWorld {
  /** Where the files are on this machine. */
  readonly configDir: string;
  /** This machine's node name. */
  readonly self: NodeName;
  /** In which the faults of the files are told. */
  readonly language: Language;
  /** Asks somebody, and comes back with whether the answer is yes; undefined where there is nobody to ask. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  print(line: string): void;
  complain(line: string): void;
}

/** A node that can be copied to. */
interface Target {
  readonly node: NodeName;
  readonly files: readonly LocalFile[];
}

const done = 0;
const failed = 1;
const misused = 2;
const nameColumns = 15;

/** Does it, and returns the exit code: 0, 1 or 2 as the help text says. */
export async function propagate(plan: PropagatePlan, world: PropagateWorld): Promise<number> {
  if (!plan.isDryRun && !plan.isAgreed && world.ask === undefined) {
    world.complain('ha_propagate: nobody can be asked here: say --yes, or --dry-run');
    return misused;
  }
  const local = await readLocalFiles(world.configDir);
  const nodes = checkedNodes(local, plan, world);
  if (nodes === undefined) return failed;
  const chosen = choose(nodes, plan.nodes, world.self);
  if (!chosen.ok) {
    world.complain(`ha_propagate: ${chosen.reason}`);
    return misused;
  }
  const looked = await lookAtAll(chosen.value, local.files, plan, world);
  if (plan.isDryRun) return looked.hasFailed ? failed : done;
  const copied = await copyToAll(looked.targets, plan, world);
  return copied && !looked.hasFailed ? done : failed;
}

/** The nodes of ha.cf; undefined, and told why, when these files are not to be spread. */
function checkedNodes(
  local: LocalFiles,
  plan: PropagatePlan,
  world: PropagateWorld,
): readonly NodeName[] | undefined {
  const { haCf, authKeys } = local.sources;
  for (const source of [haCf, authKeys]) {
    if (source.kind === 'read' || source.why !== 'absent') continue;
    world.complain(`HA Linux not configured on this node.  Can not propagate. (No ${source.file})`);
    return undefined;
  }
  const { problems, understood } = parseSettings(local.sources);
  for (const problem of problems) world.complain(formatProblem(problem, world.language));
  if (!hasErrors(problems)) return understood?.haCf.nodes;
  if (plan.isForced && understood !== undefined) return understood.haCf.nodes;
  const way = plan.isForced ? '' : ' Mend them, or say --force.';
  world.complain(`ha_propagate: the files of this machine have errors: nothing was done.${way}`);
  return undefined;
}

/** The other nodes, or those of them that were asked for. */
function choose(
  nodes: readonly NodeName[],
  asked: readonly string[],
  self: NodeName,
): Result<readonly NodeName[], string> {
  const others = nodes.filter((node) => node !== self);
  const wanted = new Set(asked.map(nodeName));
  const stranger = [...wanted].find((node) => !others.includes(node));
  if (stranger === self) return fail(`${stranger} is this machine`);
  if (stranger !== undefined) return fail(`${stranger} is no node of ha.cf`);
  return succeed(wanted.size === 0 ? others : others.filter((node) => wanted.has(node)));
}

interface Looked {
  /** The nodes on which something is to be changed. */
  readonly targets: readonly Target[];
  readonly hasFailed: boolean;
}

/** One after the other, for each may ask for a password. */
async function lookAtAll(
  nodes: readonly NodeName[],
  files: readonly LocalFile[],
  plan: PropagatePlan,
  world: PropagateWorld,
): Promise<Looked> {
  const targets: Target[] = [];
  let hasFailed = false;
  if (nodes.length === 0) world.print('There is no other node in ha.cf.');
  for (const node of nodes) {
    const view = await look(node, remoteOptions(plan));
    if (view.ok) {
      const changes = changesOf(files, view.value);
      await show(node, changes, view.value, world);
      const differing = changes.filter(({ change }) => change.kind !== 'same');
      if (differing.length > 0) targets.push({ node, files: differing.map(({ file }) => file) });
    } else {
      hasFailed = true;
      tellFailure(node, view.reason, plan, world);
    }
  }
  return { targets, hasFailed };
}

async function show(
  node: NodeName,
  changes: readonly FileChange[],
  view: RemoteView,
  world: PropagateWorld,
): Promise<void> {
  world.print(`${node}:`);
  if (nodeName(view.name) !== node) {
    world.complain(`${node}: WARN: this machine calls itself ${JSON.stringify(view.name)}`);
  }
  for (const { file, change } of changes) {
    world.print(`  ${file.name.padEnd(nameColumns)}${wordsOfChange(change)}`);
  }
  for (const name of onlyThere(
    changes.map(({ file }) => file),
    view,
  )) {
    world.print(`  ${name.padEnd(nameColumns)}only there, stays as it is`);
  }
  for (const { file, change } of changes) {
    if (change.kind !== 'changed') continue;
    for (const line of await diffLines(node, file, view)) world.print(line);
  }
}

async function copyToAll(
  targets: readonly Target[],
  plan: PropagatePlan,
  world: PropagateWorld,
): Promise<boolean> {
  if (targets.length === 0) return true;
  const names = targets.map(({ node }) => node).join(', ');
  const isAgreed = plan.isAgreed || (await world.ask?.(`Copy to ${names}? [y/N] `)) === true;
  if (!isAgreed) {
    world.complain('ha_propagate: nothing was copied');
    return false;
  }
  const copiedTo: NodeName[] = [];
  for (const { node, files } of targets) {
    world.print(`Propagating HA configuration files to node ${node}.`);
    const copied = await copy(node, files, remoteOptions(plan));
    if (copied.ok) copiedTo.push(node);
    else tellFailure(node, copied.reason, plan, world);
  }
  if (copiedTo.length > 0) world.print(nextStep(copiedTo, world.self));
  return copiedTo.length === targets.length;
}

/** Nothing is read before somebody says so: a file that is there is not a file in force. */
const nextStep = (nodes: readonly NodeName[], self: NodeName): string =>
  `Nothing has been read again yet: see "heartbeat --plan", then say "heartbeat -r" on ${[self, ...nodes].join(' and ')}.`;

function tellFailure(
  node: NodeName,
  reason: RemoteFailure,
  plan: PropagatePlan,
  world: PropagateWorld,
): void {
  world.complain(`${node}: ERROR: ${explainFailure(node, reason, plan.limitSeconds)}`);
}

/** The limit runs from now on. */
const remoteOptions = (plan: PropagatePlan): RemoteOptions => ({
  isBatch: plan.isBatch,
  limit: AbortSignal.timeout(plan.limitSeconds * 1000),
});
