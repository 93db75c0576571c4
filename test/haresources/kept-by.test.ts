/** When a node may restart itself and leave its groups running. */
import { expect, test } from 'vitest';
import { settingsOf } from '../../sim/settings.ts';
import { createResources, type Resources } from '../../src/haresources/state.ts';
import { keptBy, stepResources } from '../../src/haresources/step.ts';
import type { ResourceEvent } from '../../src/haresources/types.ts';
import { instant, nodeName } from '../../src/units.ts';

/** node1 is alone and serves. */
function serving(): Resources {
  const self = nodeName('node1');
  const { extensions, haresources: groups } = settingsOf({
    nodes: ['node1'],
    groups: [['node1', 'httpd']],
    autoFailback: 'off',
  });
  const { splitBrain } = extensions;
  let state = createResources({ self, nodes: [self], groups, autoFailback: 'off', splitBrain });
  const events: ResourceEvent[] = [{ kind: 'active', alive: [] }];
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    const { effects, state: next } = stepResources(state, event, instant(1000));
    state = next;
    for (const effect of effects) {
      if (effect.kind !== 'run') continue;
      const { action, id } = effect.job;
      const kind = action === 'status' ? 'stopped' : 'done';
      events.push({ kind: 'ran', job: id, outcome: { kind } });
    }
  }
  return state;
}

test('a restart waits for a reload: the next life would not know what the other nodes have yet to agree to', () => {
  const state = serving();
  expect(keptBy(state)).toMatchObject({ owners: ['node1'] });
  expect(keptBy({ ...state, fresh: new Set(['node1 smb']) })).toBeUndefined();
  expect(keptBy({ ...state, newFile: [] })).toBeUndefined();
});
