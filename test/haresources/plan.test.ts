/** What `heartbeat --plan` says that a reload would do. */
import { describe, expect, test } from 'vitest';
import type { ResourceGroup } from '../../src/config/settings.ts';
import { viewOf } from '../../src/haresources/file-view.ts';
import { planOf, type PlannedGroup } from '../../src/haresources/plan.ts';
import { readStanding, type Standing } from '../../src/haresources/standing.ts';
import { nodeName } from '../../src/units.ts';
import { settingsOf, type Group } from '../../sim/settings.ts';

const node1 = nodeName('node1');
const node2 = nodeName('node2');
const web: Group = ['node1', 'IPaddr::10.0.0.1', 'httpd'];
const mail: Group = ['node2', 'IPaddr::10.0.0.2', 'postfix'];

const groupsOf = (...groups: readonly Group[]): readonly ResourceGroup[] =>
  settingsOf({ nodes: ['node1', 'node2'], groups, autoFailback: 'off' }).haresources;

/** node1 and its peer serve web and mail. */
function standing(change: Partial<Standing> = {}): Standing {
  const { digest } = viewOf(groupsOf(web, mail));
  return {
    self: node1,
    digest,
    isLegacy: false,
    nodes: [{ node: node2, kind: 'ours', digest }],
    holders: new Map([
      [node1, node1],
      [node2, node2],
    ]),
    groups: groupsOf(web, mail).map(({ owner, resources }) => ({
      owner,
      resources: resources.map(({ text }) => text),
      doing: owner === node1 ? 'running' : 'stopped',
    })),
    ...change,
  };
}

/** Each group in a few words. */
function told(file: readonly Group[], from: Standing = standing()): readonly string[] {
  return planOf(from, groupsOf(...file)).groups.map((group) => `${group.key} ${wordsOf(group)}`);
}

function wordsOf(group: PlannedGroup): string {
  const { kind } = group;
  if (kind === 'moves') return `${kind} ${String(group.from)} ${String(group.to)}`;
  const on = String(group.on);
  if (kind === 'changes') return `${kind} ${on} -${group.stop.join(',')} +${group.start.join(',')}`;
  return kind === 'belongs' || kind === 'cannot-move'
    ? `${kind} ${group.owner} ${on}`
    : `${kind} ${on}`;
}

describe('a plan', () => {
  test('of the file as it is has nothing to do', () => {
    expect(planOf(standing(), groupsOf(web, mail))).toMatchObject({
      isOpen: false,
      groups: [
        { kind: 'stays', on: node1 },
        { kind: 'stays', on: node2 },
      ],
      peers: [{ node: node2, has: 'new' }],
    });
  });

  test('says on which node a new group starts, and whether the other node has read it', () => {
    const file: Group = ['node2', 'IPaddr::10.0.0.3', 'smb'];
    const plan = planOf(standing(), groupsOf(web, mail, file));
    expect(plan).toMatchObject({ isOpen: true, peers: [{ has: 'old' }] });
    expect(plan.groups[2]).toMatchObject({ kind: 'starts', on: node2 });
    const { digest } = viewOf(groupsOf(web, mail, file));
    const read = standing({ nodes: [{ node: node2, kind: 'ours', digest }] });
    expect(planOf(read, groupsOf(web, mail, file)).peers).toMatchObject([{ has: 'new' }]);
  });

  test('says where a group stops, moves, goes on under another owner, or has other members', () => {
    const all = { holders: new Map([node1, node2].map((owner) => [owner, node1] as const)) };
    expect(told([web])).toEqual(['IPaddr::10.0.0.1 stays node1', 'IPaddr::10.0.0.2 stops node2']);
    const moved: Group = ['node2', 'IPaddr::10.0.0.1', 'httpd'];
    expect(told([moved, mail])[0]).toBe('IPaddr::10.0.0.1 moves node1 node2');
    expect(told([moved, mail], standing(all))[0]).toBe('IPaddr::10.0.0.1 belongs node2 node1');
    expect(told([['node1', 'IPaddr::10.0.0.1', 'smb', 'httpd'], mail])[0]).toBe(
      'IPaddr::10.0.0.1 changes node1 -httpd +smb,httpd',
    );
    expect(told([['node1', 'IPaddr::10.0.0.1', 'httpd', 'smb'], mail])[0]).toBe(
      'IPaddr::10.0.0.1 changes node1 - +smb',
    );
  });

  test('says that a group cannot get another owner beside a C node', () => {
    const besideC = standing({ nodes: [{ node: node2, kind: 'c', digest: undefined }] });
    const moved: Group = ['node2', 'IPaddr::10.0.0.1', 'httpd'];
    expect(told([moved, mail], besideC)[0]).toBe('IPaddr::10.0.0.1 cannot-move node2 node1');
    expect(planOf(besideC, groupsOf(web, mail)).peers).toEqual([{ node: node2, has: 'c' }]);
  });

  test('says which members change of a group that gets another owner and stays', () => {
    const all = { holders: new Map([node1, node2].map((owner) => [owner, node1] as const)) };
    const moved: Group = ['node2', 'IPaddr::10.0.0.1', 'nginx'];
    const changes = { stop: ['httpd'], start: ['nginx'] };
    expect(planOf(standing(all), groupsOf(moved, mail)).groups[0]).toMatchObject({
      kind: 'belongs',
      ...changes,
    });
    expect(planOf(standing({ isLegacy: true }), groupsOf(moved, mail)).groups[0]).toMatchObject({
      kind: 'cannot-move',
      ...changes,
    });
  });

  test('of a member that moves to a line of another owner, beside a C node, is that nothing is taken in', () => {
    const file = groupsOf(['node1', 'IPaddr::10.0.0.1'], [...mail, 'httpd']);
    const nodes = [{ node: node2, kind: 'c', digest: undefined }] as const;
    const plan = planOf(standing({ nodes }), file);
    expect(plan).toMatchObject({ isOpen: true, refusal: { resource: 'httpd', owner: node1 } });
    expect(plan.groups.map(({ kind }) => kind)).toEqual(['stays', 'stays']);
    expect(planOf(standing(), file).refusal).toBeUndefined();
  });

  test('of what was read already and waits is not done', () => {
    const [first, second] = standing().groups;
    const groups = [first, second].flatMap((one) =>
      one ? [{ ...one, doing: 'stopped' as const }] : [],
    );
    const plan = planOf(standing({ groups }), groupsOf(web, mail));
    expect(plan.groups.map(({ kind }) => kind)).toEqual(['waits', 'stays']);
    expect(plan.isOpen).toBe(true);
  });
});

test('what is no standing of ours is none', () => {
  for (const words of ['', 'file', 'on', 'file\tnode']) expect(readStanding(words)).toBeUndefined();
});
