import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import type { Belief } from '../../lab/beliefs.ts';
import { fit, line, paint, type Line } from '../../lab/paint.ts';
import { drawView, type LabView, type NodeView } from '../../lab/view.ts';

const both: Belief = {
  kind: 'running',
  holds: 'all',
  nodes: [
    { name: 'node1', status: 'active', links: [{ name: 'eth0', status: 'up' }] },
    { name: 'node2', status: 'dead', links: [{ name: 'eth0', status: 'dead' }] },
  ],
};

function node(name: string, changes: Partial<NodeView> = {}): NodeView {
  return {
    name,
    address: '172.16.100.6',
    program: 'ha-heartbeat',
    hasPower: true,
    isCut: false,
    holdsAddress: false,
    belief: both,
    beliefAge: 1200,
    busy: undefined,
    ...changes,
  };
}

function view(changes: Partial<LabView> = {}): LabView {
  return {
    setting: 'bcast eth0, md5',
    nodes: [node('node1', { holdsAddress: true }), node('node2', { hasPower: false })],
    selected: 0,
    clientDoes: 'asks every 5 ms',
    client: {
      asked: 2000,
      answered: 1990,
      from: 'node1',
      silentFor: 4,
      outages: [
        { from: 'node1', to: 'node2', length: 38.4 },
        { from: 'node2', to: 'node1', length: 12.2 },
      ],
    },
    lastOutageAge: 12_000,
    moments: ['first', 'outage', 'second', 'nobody'],
    events: [{ time: '10:00:00', who: 'node1', level: 'WARN', text: 'node node2: is dead' }],
    ...changes,
  };
}

const textOf = (lines: readonly Line[]): string =>
  lines.map((each) => each.map(({ text }) => text).join('')).join('\n');
const wide = { columns: 100, rows: 30 };

describe('the live view', () => {
  test('fills any terminal exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 1, max: 80 }),
        (columns, rows) => {
          const lines = textOf(drawView(view(), { columns, rows })).split('\n');
          expect(lines.map((each) => each.length)).toEqual(Array(rows).fill(columns));
        },
      ),
    );
  });

  test('shows what each node believes side by side, and one below the other where it is narrow', () => {
    const nodes = [node('node1'), node('node2')] as const;
    const heading = (columns: number): string | undefined =>
      textOf(drawView(view({ nodes }), { columns, rows: 30 }))
        .split('\n')
        .find((each) => each.includes('1 node1'));
    expect(heading(100)).toContain('2 node2');
    expect(heading(60)).not.toContain('2 node2');
  });

  test('says what the client sees', () => {
    const shown = textOf(drawView(view(), wide));
    expect(shown).toContain('answered by node1');
    expect(shown).toContain('last outage 12 ms, node2 to node1, 12 s ago; longest 38 ms');
    expect(shown).toContain('1!2.');
  });

  test('says so when nobody answers', () => {
    const client = { ...view().client, silentFor: 1900 };
    expect(textOf(drawView(view({ client }), wide))).toContain('no answer for 1.9 s');
  });

  test('cries out when both nodes have the address, and tells a partition from a fault', () => {
    const holding = (isCut: boolean): string => {
      const first = node('node1', { holdsAddress: true, isCut });
      const nodes = [first, node('node2', { holdsAddress: true })] as const;
      return textOf(drawView(view({ nodes }), wide));
    };
    expect(holding(false)).toContain(
      'BOTH nodes have 172.16.100.1: although they can hear each other',
    );
    expect(holding(true)).toContain('BOTH nodes have 172.16.100.1: they cannot hear each other');
    expect(textOf(drawView(view(), wide))).not.toContain('BOTH');
  });

  test('keeps the newest events when there is no room for all', () => {
    const events = Array.from({ length: 100 }, (_, number) => ({
      time: '10:00:00',
      who: 'node1',
      level: 'info',
      text: `event ${String(number)}.`,
    }));
    const shown = textOf(drawView(view({ events }), wide));
    expect(shown).toContain('event 99.');
    expect(shown).not.toContain('event 1.');
  });
});

describe('a painted line', () => {
  test('switches its style on and off again', () => {
    expect(paint([...line('a', 'bad'), ...line('b')])).toBe('\u001b[1;31ma\u001b[0mb');
  });

  test('keeps the colour of a bar up to the edge', () => {
    expect(fit(line('ab', 'bar'), 4)).toEqual([
      { text: 'ab', style: 'bar' },
      { text: '  ', style: 'bar' },
    ]);
  });
});
