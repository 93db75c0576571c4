/** What the rooms are told when quorum is counted, or somebody asks for it. */
import { quorumWords } from '../quorum/reports.ts';
import { stepQuorum, type Quorum } from '../quorum/step.ts';
import type { QuorumEffect, QuorumEvent } from '../quorum/types.ts';
import type { Instant } from '../units.ts';
import type { NodeEffect } from './effects.ts';
import type { NodeState } from './state.ts';
import type { Task } from './tasks.ts';

interface Consequences {
  readonly quorum: Quorum;
  /** In their order. */
  readonly tasks: readonly Task[];
  readonly effects: readonly NodeEffect[];
}

/** What becomes of an event of the quorum room: what silent nodes held goes on to fencing, if there is a device. */
export function askQuorum(node: NodeState, event: QuorumEvent, now: Instant): Consequences {
  const { state, effects } = stepQuorum(node.quorum, event, now);
  if (effects.length === 0) return { quorum: state, tasks: [], effects: [] };
  const { policy } = state.settings;
  const hasDevice = node.settings.settings.device !== undefined;
  const taskOf = (effect: QuorumEffect): readonly Task[] => {
    switch (effect.kind) {
      case 'changed': {
        if (policy === 'ignore') return [];
        return [{ kind: 'resources', event: { kind: 'quorum', has: effect.quorate, policy } }];
      }
      case 'passed':
        return hasDevice
          ? [{ kind: 'fencing', event: { ...effect, kind: 'wanted' } }]
          : [{ kind: 'resources', event: { kind: 'cleared', node: effect.node } }];
      case 'cleared':
        return [{ kind: 'resources', event: effect }];
      case 'report':
        return [];
    }
  };
  const lines = effects.flatMap((effect): readonly NodeEffect[] =>
    effect.kind === 'report' ? [{ kind: 'log', line: quorumWords(effect.report) }] : [],
  );
  return { quorum: state, tasks: effects.flatMap(taskOf), effects: lines };
}
