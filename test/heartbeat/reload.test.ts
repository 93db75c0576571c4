/** haresources is edited and read again while the cluster serves: nothing stops that need not, and nothing runs twice. */
import { describe, expect, test } from 'vitest';
import type { Group } from '../../sim/settings.ts';
import { EditedCluster } from './reload-groups.ts';

const web: Group = ['node1', 'IPaddr::10.0.0.1', 'httpd'];
const mail: Group = ['node2', 'IPaddr::10.0.0.2', 'postfix'];
const files: Group = ['node1', 'IPaddr::10.0.0.3', 'smb'];
const base = [web, mail];
const moved: Group = ['node2', 'IPaddr::10.0.0.1', 'httpd'];

function serving(...all: readonly Group[]): EditedCluster {
  return new EditedCluster([...base, ...all], base).started();
}

function change(to: EditedCluster, file: readonly Group[], ...order: readonly string[]): void {
  for (const name of ['node1', 'node2']) to.edit(name, ...file);
  for (const name of order) {
    to.reload(name);
    to.cluster.run(3000);
  }
}

const orders = [
  ['node1', 'node2'],
  ['node2', 'node1'],
];

describe('a new group', () => {
  test.each(orders)(
    'is started by its owner alone, when %s and then %s have read it',
    (...order) => {
      const edited = serving(files);
      const { cluster } = edited;
      const before = cluster.runs.length;
      edited.edit('node1', ...base, files);
      edited.edit('node2', ...base, files);
      edited.reload(order[0] ?? '');
      cluster.run(3000);
      expect(edited.moves(before)).toEqual([]);
      edited.reload(order[1] ?? '');
      cluster.run(3000);
      expect(edited.moves(before)).toEqual(['node1 start IPaddr::10.0.0.3', 'node1 start smb']);
      const asked = cluster.runs
        .slice(before)
        .filter((run) => /10\.0\.0\.[12]$|httpd|postfix/.test(run));
      expect(asked).toEqual([]);
    },
  );

  test('says whom it waits for', () => {
    const edited = serving(files);
    edited.edit('node1', ...base, files);
    edited.reload('node1');
    edited.cluster.run(3000);
    expect(edited.cluster.complaints('node1').filter((line) => line.includes('10.0.0.3'))).toEqual([
      'WARN IPaddr::10.0.0.3 is not started: node2 has not read the same in its haresources (ha_propagate, then heartbeat -r there)',
    ]);
  });

  test('is started at once by a node that is alone, and left alone by one that comes back with it', () => {
    const edited = serving(files);
    const { cluster } = edited;
    cluster.powerOff('node2');
    cluster.until(() => cluster.holding('node1') === 'all', 10_000);
    change(edited, [...base, files], 'node1');
    expect(cluster.runners('smb')).toEqual(['node1']);
    const before = cluster.runs.length;
    cluster.start('node2');
    cluster.run(20_000);
    expect(edited.moves(before)).toEqual([]);
  });

  test('is started by whoever holds its owner, for a standby has been before', () => {
    const edited = serving(files);
    const { cluster } = edited;
    cluster.standby('node1');
    cluster.run(3000);
    change(edited, [...base, files], 'node1', 'node2');
    expect(cluster.runners('smb')).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
  });

  test('waits while a standby runs', () => {
    const edited = serving(files);
    const { cluster } = edited;
    cluster.scripts.set('node1 stop httpd', { takes: 2000 });
    cluster.standby('node1');
    cluster.run(500);
    edited.edit('node1', ...base, files);
    edited.edit('node2', ...base, files);
    edited.reload('node1', 'node2');
    cluster.run(10_000);
    expect(cluster.runners('httpd')).toEqual(['node2']);
    expect(cluster.runners('smb')).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
  });
});

describe('a group that is gone', () => {
  test('is stopped by who holds it, from the right, and nothing else happens', () => {
    const edited = serving();
    const before = edited.cluster.runs.length;
    change(edited, [mail], 'node1', 'node2');
    expect(edited.cluster.runs.slice(before)).toEqual([
      'node1 stop httpd',
      'node1 stop IPaddr::10.0.0.1',
    ]);
  });

  test('and cannot be stopped is not forgotten: a standby is refused, and a stop waits for it', () => {
    const edited = serving();
    const { cluster } = edited;
    const failed = { outcome: { kind: 'failed', code: 1, why: '' } } as const;
    cluster.scripts.set('node1 stop httpd', failed);
    change(edited, [mail], 'node1', 'node2');
    cluster.run(15_000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    cluster.standby('node1');
    cluster.run(15_000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    cluster.stop('node1');
    cluster.run(15_000);
    expect(cluster.isUp('node1')).toBe(true);
    cluster.scripts.clear();
    cluster.until(() => !cluster.isUp('node1'), 30_000);
    expect(cluster.runners('httpd')).toEqual([]);
  });
});

describe('a group that gets another owner', () => {
  test.each(orders)('moves when %s and then %s have read it, and never runs twice', (...order) => {
    const edited = serving();
    const { cluster } = edited;
    const before = cluster.runs.length;
    edited.edit('node1', moved, mail);
    edited.edit('node2', moved, mail);
    edited.reload(order[0] ?? '');
    cluster.run(60_000);
    expect(edited.moves(before)).toEqual([]);
    edited.reload(order[1] ?? '');
    cluster.run(3000);
    expect(edited.moves(before)).toEqual([
      'node1 stop httpd',
      'node1 stop IPaddr::10.0.0.1',
      'node2 start IPaddr::10.0.0.1',
      'node2 start httpd',
    ]);
  });

  test('goes on until the other node has read it, and the log says so', () => {
    const edited = serving();
    change(edited, [moved, mail], 'node1');
    const said = edited.cluster.complaints('node1').filter((line) => line.includes('goes on'));
    expect(said).toEqual([
      'WARN IPaddr::10.0.0.1 goes on as it was: node2 has not read the same in its haresources (ha_propagate, then heartbeat -r there)',
    ]);
  });

  test('goes on where it runs when the other node dies before it has read that', () => {
    const edited = serving();
    const { cluster } = edited;
    const before = cluster.runs.length;
    change(edited, [moved, mail], 'node1');
    cluster.powerOff('node2');
    cluster.until(() => cluster.holding('node1') === 'all', 10_000);
    cluster.run(3000);
    expect(edited.moves(before).filter((run) => / (httpd|IPaddr::10\.0\.0\.1)$/.test(run))).toEqual(
      [],
    );
    expect(cluster.runners('httpd')).toEqual(['node1']);
    cluster.start('node2');
    cluster.run(20_000);
    cluster.takeover('node2', 'local');
    cluster.run(5000);
    expect(cluster.runners('httpd')).toEqual(['node2']);
    expect(cluster.doubles).toEqual([]);
  });

  test('is taken over as it was when the node that has read that dies', () => {
    const edited = serving();
    const { cluster } = edited;
    change(edited, [moved, mail], 'node1');
    cluster.powerOff('node1');
    cluster.until(() => cluster.holding('node2') === 'all', 10_000);
    cluster.run(3000);
    expect(cluster.runners('httpd')).toEqual(['node2']);
    const before = cluster.runs.length;
    change(edited, [moved, mail], 'node2');
    expect(edited.moves(before)).toEqual([]);
  });

  test('waits for the other node although a stop of it has failed and was tried again', () => {
    const edited = serving();
    const { cluster } = edited;
    change(edited, [moved, mail], 'node1');
    cluster.scripts.set('node1 stop httpd', { outcome: { kind: 'failed', code: 1, why: '' } });
    cluster.standby('node1', 'local');
    cluster.run(60_000);
    cluster.scripts.clear();
    cluster.takeover('node1', 'local');
    cluster.run(20_000);
    change(edited, [moved, mail], 'node2');
    cluster.run(20_000);
    expect(cluster.runs.filter((run) => run === 'node1 start httpd')).toHaveLength(1);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.runners('httpd')).toEqual(['node2']);
    expect(cluster.runners('IPaddr::10.0.0.1')).toEqual(['node2']);
  });

  test('goes on when its line is put back before the other node has read it', () => {
    const edited = serving();
    const before = edited.cluster.runs.length;
    change(edited, [moved, mail], 'node1');
    change(edited, base, 'node1', 'node2');
    expect(edited.cluster.runs.slice(before)).toEqual([]);
    expect(edited.cluster.holding('node1')).toBe('local');
  });

  test.each(orders)(
    'under another first member moves when %s and then %s have read it',
    (...order) => {
      const turned: Group = ['node2', 'httpd', 'IPaddr::10.0.0.1'];
      const edited = serving(turned);
      const { cluster } = edited;
      const before = cluster.runs.length;
      edited.edit('node1', turned, mail);
      edited.edit('node2', turned, mail);
      edited.reload(order[0] ?? '');
      cluster.run(60_000);
      expect(edited.moves(before)).toEqual([]);
      edited.reload(order[1] ?? '');
      cluster.run(3000);
      expect(edited.moves(before)).toEqual([
        'node1 stop httpd',
        'node1 stop IPaddr::10.0.0.1',
        'node2 start httpd',
        'node2 start IPaddr::10.0.0.1',
      ]);
    },
  );

  test('stays where it runs, when that node holds everything', () => {
    const edited = serving();
    const { cluster } = edited;
    cluster.standby('node1');
    cluster.run(3000);
    const before = cluster.runs.length;
    change(edited, [moved, mail], 'node2', 'node1');
    expect(cluster.runs.slice(before)).toEqual([]);
    cluster.takeover('node1', 'local');
    cluster.run(3000);
    expect(cluster.runners('httpd')).toEqual(['node2']);
  });

  test('does not start there while it cannot be stopped here', () => {
    const edited = serving();
    const { cluster } = edited;
    cluster.scripts.set('node1 stop httpd', { outcome: { kind: 'failed', code: 1, why: '' } });
    change(edited, [moved, mail], 'node1', 'node2');
    cluster.run(60_000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    expect(cluster.runners('IPaddr::10.0.0.1')).toEqual(['node1']);
    expect(cluster.doubles).toEqual([]);
  });

  test('has no second owner where one node starts with the new file and the other still has the old', () => {
    const edited = serving();
    const { cluster } = edited;
    cluster.powerOff('node2');
    cluster.until(() => cluster.holding('node1') === 'all', 10_000);
    edited.edit('node2', moved, mail);
    cluster.start('node2');
    cluster.run(20_000);
    cluster.takeover('node2', 'local');
    cluster.run(20_000);
    expect(cluster.doubles).toEqual([]);
    expect(cluster.runners('httpd')).toEqual(['node1']);
  });
});

describe('a line that is edited', () => {
  const longer: Group = [...web, 'smb'];
  const middle: Group = ['node1', 'IPaddr::10.0.0.1', 'smb', 'httpd'];

  test('has the member that was appended started, and nothing else touched', () => {
    const edited = serving(longer);
    const before = edited.cluster.runs.length;
    change(edited, [longer, mail], 'node1', 'node2');
    expect(edited.cluster.runs.slice(before)).toEqual(['node1 status smb', 'node1 start smb']);
  });

  test('has the last member that was taken out stopped, and nothing else touched', () => {
    const edited = serving();
    const before = edited.cluster.runs.length;
    change(edited, [['node1', 'IPaddr::10.0.0.1'], mail], 'node1', 'node2');
    expect(edited.cluster.runs.slice(before)).toEqual(['node1 stop httpd']);
  });

  test('has what follows an inserted member stopped first and started after it', () => {
    const edited = serving(middle);
    const before = edited.cluster.runs.length;
    change(edited, [middle, mail], 'node1', 'node2');
    expect(edited.moves(before)).toEqual([
      'node1 stop httpd',
      'node1 start smb',
      'node1 start httpd',
    ]);
  });

  test('goes on without a new member that does not start, until hb_takeover tries again', () => {
    const edited = serving(longer);
    const { cluster } = edited;
    const before = cluster.runs.length;
    cluster.scripts.set('node1 start smb', { outcome: { kind: 'not-found' } });
    change(edited, [longer, mail], 'node1', 'node2');
    cluster.run(60_000);
    expect(edited.moves(before)).toEqual(['node1 start smb', 'node1 stop smb']);
    expect(cluster.holding('node1')).toBe('local');
    cluster.scripts.clear();
    cluster.takeover('node1', 'local');
    cluster.run(3000);
    expect(edited.moves(before).slice(2)).toEqual(['node1 start smb']);
    expect(cluster.runners('smb')).toEqual(['node1']);
  });

  test('whose old member cannot be stopped keeps it in mind when hb_takeover tries again', () => {
    const edited = serving();
    const { cluster } = edited;
    cluster.scripts.set('node1 stop httpd', { outcome: { kind: 'failed', code: 1, why: '' } });
    change(edited, [['node1', 'IPaddr::10.0.0.1'], mail], 'node1', 'node2');
    cluster.run(20_000);
    cluster.takeover('node1', 'local');
    cluster.run(20_000);
    expect(cluster.runners('httpd')).toEqual(['node1']);
    cluster.scripts.clear();
    const before = cluster.runs.length;
    cluster.takeover('node1', 'local');
    cluster.run(3000);
    expect(edited.moves(before)).toEqual(['node1 stop httpd']);
    expect(cluster.holding('node1')).toBe('local');
  });

  test('goes on as it was when it is put back before the other node has read it', () => {
    const edited = serving(longer);
    const before = edited.cluster.runs.length;
    change(edited, [longer, mail], 'node1');
    change(edited, base, 'node1');
    expect(edited.cluster.runs.slice(before)).toEqual([]);
  });

  test('and another one may swap members on one node', () => {
    const one: Group = ['node1', 'IPaddr::10.0.0.1', 'smb'];
    const other: Group = ['node1', 'IPaddr::10.0.0.3', 'httpd'];
    const edited = serving(files, one, other);
    const { cluster } = edited;
    change(edited, [web, mail, files], 'node1', 'node2');
    const before = cluster.runs.length;
    change(edited, [one, mail, other], 'node1', 'node2');
    const moves = edited.moves(before);
    expect(new Set(moves.slice(0, 2))).toEqual(new Set(['node1 stop httpd', 'node1 stop smb']));
    expect(new Set(moves.slice(2))).toEqual(new Set(['node1 start smb', 'node1 start httpd']));
  });

  test.each(orders)(
    'gives its member to another owner when %s and then %s have read it',
    (...order) => {
      const edited = serving();
      const { cluster } = edited;
      const before = cluster.runs.length;
      const bare: Group = ['node1', 'IPaddr::10.0.0.1'];
      change(edited, [bare, [...mail, 'httpd']], order[0] ?? '');
      cluster.run(60_000);
      expect(edited.moves(before)).toEqual([]);
      change(edited, [bare, [...mail, 'httpd']], order[1] ?? '');
      expect(edited.moves(before)).toEqual(['node1 stop httpd', 'node2 start httpd']);
      expect(edited.cluster.doubles).toEqual([]);
    },
  );
});
