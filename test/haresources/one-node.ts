/** The resource engine of one node on a clock of the test's own; scripts and the other nodes are what the test says. */
import type {
  AutoFailback,
  FailbackOptions,
  MonitorSection,
  ResourceGroup,
} from '../../src/config/settings.ts';
import { createResources, type GroupRun, type Resources } from '../../src/haresources/state.ts';
import { resourceWords } from '../../src/haresources/reports.ts';
import { holding, nextResourceDeadline, stepResources } from '../../src/haresources/step.ts';
import type { Action, Job, Outcome, ResourceEvent } from '../../src/haresources/types.ts';
import { valueOf, type Body, type Draft, type Hold } from '../../src/message/messages.ts';
import { instant, millis, nodeName, type NodeName } from '../../src/units.ts';

const at = { file: 'haresources', line: 1, column: 1 };

const nothingSaid: MonitorSection = {
  at,
  interval: undefined,
  timeout: undefined,
  restarts: undefined,
  then: undefined,
};

export interface OneNodeOptions {
  readonly nodes?: readonly string[];
  /** Owner and resources. */
  readonly groups?: readonly (readonly [string, ...string[]])[];
  readonly autoFailback?: AutoFailback;
  readonly addressProbe?: boolean;
  /** By what `[monitor ...]` is about. */
  readonly monitoring?: Readonly<Record<string, Partial<MonitorSection>>>;
  readonly failback?: FailbackOptions;
}

/** The engine of node1; scripts wait until the test ends them, or end at once with `auto`. */
export class OneNode {
  now = 1000;
  /** Scripts end at once: what runs is what was started. */
  auto: boolean;
  readonly running: Set<string> = new Set<string>();
  /** What ends how, by `action resource`, instead of well; only with `auto`. */
  readonly outcomes: Map<string, Outcome> = new Map<string, Outcome>();
  /** `action resource` of every script begun. */
  readonly runs: string[] = [];
  /** Scripts that have not ended. */
  readonly pending: Job[] = [];
  /** Everything sent: `t` and the words that matter. */
  readonly sent: string[] = [];
  readonly log: string[] = [];
  #state: Resources;
  #seq = 0;

  constructor(options: OneNodeOptions = {}, auto = true) {
    this.auto = auto;
    this.#state = createResources({
      self: nodeName('node1'),
      nodes: (options.nodes ?? ['node1', 'node2']).map(nodeName),
      groups: (options.groups ?? [['node1', 'web']]).map(groupOf),
      autoFailback: options.autoFailback ?? 'off',
      addressProbe: options.addressProbe ?? false,
      splitBrain: { onHeal: 'yield', wait: millis(3500) },
      monitoring: new Map(
        Object.entries(options.monitoring ?? {}).map(([subject, section]) => [
          subject,
          { ...nothingSaid, ...section },
        ]),
      ),
      ...(options.failback && { failback: options.failback }),
    });
  }

  get holding(): Hold | 'transition' {
    return holding(this.#state);
  }

  /** How far the group of that key is. */
  run(key: string): GroupRun['kind'] | undefined {
    return this.#state.groups.find((one) => one.group.key === key)?.run.kind;
  }

  tell(event: ResourceEvent): void {
    const { state, effects } = stepResources(this.#state, event, instant(this.now));
    this.#state = state;
    const begun: Job[] = [];
    for (const effect of effects) {
      if (effect.kind === 'run') begun.push(effect.job);
      if (effect.kind === 'send') this.sent.push(wordsOf(effect.draft));
      if (effect.kind === 'report') this.log.push(resourceWords(effect.report).text);
    }
    this.pending.push(...begun);
    this.runs.push(...begun.map((job) => `${job.action} ${job.resource.text}`));
    if (this.auto) for (const job of begun) this.end(job, this.#outcome(job));
  }

  /** Ends one script that has been begun, by `action resource`. */
  ends(script: string, outcome: Outcome): void {
    const job = this.pending.find((one) => `${one.action} ${one.resource.text}` === script);
    if (job === undefined)
      throw new Error(`${script} has not begun; begun: ${this.runs.join(', ')}`);
    if (outcome.kind === 'done') this.#act(job.action, job.resource.text);
    this.end(job, outcome);
  }

  end(job: Job, outcome: Outcome): void {
    this.pending.splice(this.pending.indexOf(job), 1);
    this.tell({ kind: 'ran', job: job.id, outcome });
  }

  /** A message of another node; `seq` is the next number unless given. Returns the number. */
  hears(body: Body, from = 'node2', seq?: number, age = 0): number {
    this.#seq = Math.max(this.#seq + 1, seq ?? 0);
    const header = { src: nodeName(from), seq: seq ?? this.#seq, hg: 1, ts: 1 };
    this.tell({ kind: 'message', age: millis(age), message: { header, body, fields: [] } });
    return header.seq;
  }

  /** Takes a number of the others' for a message that is under way. */
  skip(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** A full statement of another node. */
  states(hold: Hold, isstable: boolean, info?: string): void {
    const word = info === undefined ? {} : { info };
    this.hears({ t: 'resource', hold, full: true, isstable, ...word });
  }

  /** Lets time pass; complains about deadlines that come again at once. */
  pass(length: number): void {
    const end = this.now + length;
    let idle = 0;
    for (let due = this.#due(); due <= end; due = this.#due()) {
      idle = due > this.now ? 0 : idle + 1;
      if (idle > 100) throw new Error(`time stands still at ${String(this.now)}`);
      this.now = Math.max(this.now, due);
      this.tell({ kind: 'tick' });
    }
    this.now = end;
  }

  /** Becomes active, hears what node2 holds, and takes what is free. */
  joins(theirs: Hold = 'none'): void {
    this.tell({ kind: 'active', alive: [nodeName('node2')] });
    this.states(theirs, true);
    this.pass(100);
  }

  /** What was sent since the last call. */
  says(): readonly string[] {
    return this.sent.splice(0);
  }

  #due(): number {
    return nextResourceDeadline(this.#state);
  }

  #outcome({ action, resource }: Job): Outcome {
    const given = this.outcomes.get(`${action} ${resource.text}`);
    if (given !== undefined) return given;
    return this.#act(action, resource.text);
  }

  #act(action: Action, resource: string): Outcome {
    if (action === 'probe') return { kind: 'stopped' };
    if (action === 'status') return { kind: this.running.has(resource) ? 'running' : 'stopped' };
    if (action === 'start') this.running.add(resource);
    else this.running.delete(resource);
    return { kind: 'done' };
  }
}

const groupOf = ([owner, ...resources]: readonly [string, ...string[]]): ResourceGroup => ({
  owner: nodeName(owner),
  key: resources[0] ?? '',
  at,
  resources: resources.map((text) => {
    const [agent = '', ...args] = text.split('::');
    return { text, agent, args, at };
  }),
});

function wordsOf(draft: Draft): string {
  const words = ['t', 'rsc_hold', 'isstable', 'info', 'dest', 'ipaddr', 'weown', 'node', 'result'];
  return words.flatMap((name) => valueOf(draft, name) ?? []).join(' ');
}

export const node2: NodeName = nodeName('node2');
export const node3: NodeName = nodeName('node3');
export const done: Outcome = { kind: 'done' };
export const failed: Outcome = { kind: 'failed', code: 1, why: '' };

/** A group of each node. */
export const groupOfEach = [
  ['node1', 'web'],
  ['node2', 'mail'],
] as const;

/** node1, which holds its own group; node2 holds its own, and has said so. */
export function bothAtHome(): OneNode {
  const node = new OneNode({ groups: groupOfEach });
  node.joins('none');
  node.states('local', true);
  node.pass(5000);
  node.says();
  return node;
}
