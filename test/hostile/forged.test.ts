/**
 * Datagrams that nobody with the key has made: random, torn, spliced, with forged lengths, digests and types. They change
 * nothing but the counters of the log. HEARTBEAT_FUZZ says how many; ten millions are for a run by hand.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import type { NodeEffect } from '../../src/heartbeat/effects.ts';
import type { NodeState } from '../../src/heartbeat/state.ts';
import { decodeDatagram } from '../../src/message/decode.ts';
import { bytesOf, negative, positive } from '../message/vectors.ts';
import { sharedKeys, Wire, Witness } from './conversation.ts';

const count = Number(process.env['HEARTBEAT_FUZZ'] ?? 150_000);
const seed = Number(process.env['HEARTBEAT_SEED'] ?? 1);

/** Numerical Recipes' generator: quick, and the same on every machine. */
class Dice {
  #state: number;

  constructor(start: number) {
    this.#state = start >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}

const splinters = [
  '###\n',
  '%%%\n',
  '>>>\n',
  '<<<\n',
  '(0)',
  '(2)',
  '(9)',
  ':,',
  '=',
  '\0',
  '9999999999:',
];

const mutations: readonly ((bytes: Buffer, dice: Dice) => Buffer)[] = [
  // One bit.
  (bytes, dice) => {
    const place = dice.below(bytes.length);
    bytes.writeUInt8((bytes[place] ?? 0) ^ (1 << dice.below(8)), place);
    return bytes;
  },
  // One byte.
  (bytes, dice) => {
    bytes.writeUInt8(dice.below(256), dice.below(bytes.length));
    return bytes;
  },
  // Its end is lost.
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length)),
  // Its begin is lost.
  (bytes, dice) => bytes.subarray(dice.below(bytes.length)),
  // A piece of the format in the middle.
  (bytes, dice) => {
    const place = dice.below(bytes.length);
    const splinter = Buffer.from(splinters[dice.below(splinters.length)] ?? '', 'latin1');
    return Buffer.concat([bytes.subarray(0, place), splinter, bytes.subarray(place)]);
  },
  // A piece twice.
  (bytes, dice) => {
    const place = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, place), bytes.subarray(dice.below(place + 1))]);
  },
  // Another digit: a length, a number, a part of the digest.
  (bytes, dice) => {
    const digits = [...bytes.keys()].filter(
      (at) => (bytes[at] ?? 0) >= 48 && (bytes[at] ?? 0) < 58,
    );
    const place = digits[dice.below(digits.length)] ?? 0;
    bytes.writeUInt8(48 + dice.below(10), place);
    return bytes;
  },
  // Noise.
  (_, dice) => Buffer.from(Array.from({ length: dice.below(200) }, () => dice.below(256))),
];

function mutated(base: Uint8Array, dice: Dice): Buffer {
  let bytes: Buffer = Buffer.from(base);
  for (let turns = 1 + dice.below(3); turns > 0 && bytes.length > 0; turns -= 1) {
    bytes = (mutations[dice.below(mutations.length)] ?? ((same): Buffer => same))(bytes, dice);
  }
  return bytes;
}

/** A change anywhere but in the counters of refused packets. */
function changed(before: NodeState, after: NodeState): boolean {
  return (
    before.membership !== after.membership ||
    before.resources !== after.resources ||
    before.keys !== after.keys ||
    before.restart !== after.restart ||
    before.exitAt !== after.exitAt
  );
}

function activeNode(): { readonly node: Witness; readonly bases: readonly Uint8Array[] } {
  const node = new Witness('node1', 100);
  const peer = new Witness('node2', 200);
  new Wire(node, peer).pass(3000);
  expect([...node.running, ...peer.running]).toEqual(['web', 'mail']);
  const recorded = peer.sent.slice(0, 40);
  return { node, bases: [...recorded, ...positive.map(bytesOf), ...negative.map(bytesOf)] };
}

describe('forged datagrams', () => {
  test('change nothing but a counter, whatever is in them', { timeout: 3_600_000 }, () => {
    const { node, bases } = activeNode();
    const dice = new Dice(seed);
    const harm: string[] = [];
    let tried = 0;
    for (; tried < count; tried += 1) {
      const bytes = mutated(bases[dice.below(bases.length)] ?? Buffer.of(), dice);
      // What is left of the original after the mutation may still be it: garbage behind the end is not read.
      if (decodeDatagram(bytes, sharedKeys).ok) continue;
      const before = node.state;
      const effects = node.tell({ kind: 'datagram', link: 'eth0', bytes }, 5000 + tried / 20);
      const onlyLines = effects.every((effect: NodeEffect) => effect.kind === 'log');
      if (!onlyLines || changed(before, node.state)) harm.push(bytes.toString('latin1'));
      node.lines.length = 0;
    }
    expect(harm).toEqual([]);
    expect(tried).toBe(count);
  });

  test('are told from an authentic one by this judge', () => {
    const { node, bases } = activeNode();
    const before = node.state;
    const own = new Witness('node2', 300);
    own.tell({ kind: 'start' }, 4000);
    node.tell({ kind: 'datagram', link: 'eth0', bytes: own.sent[0] ?? Buffer.of() }, 5000);
    expect(bases.length).toBeGreaterThan(100);
    expect(changed(before, node.state)).toBe(true);
  });

  test('make one report a second for each reason, however many come', () => {
    const { node } = activeNode();
    node.lines.length = 0;
    const bytes = Buffer.from('###\nrubbish');
    for (let n = 0; n < 20_000; n += 1) {
      node.tell({ kind: 'datagram', link: 'eth0', bytes }, 10_000 + n / 20);
    }
    const reports = node.lines.length;
    node.tell({ kind: 'datagram', link: 'eth0', bytes }, 12_000);
    expect(reports).toBeGreaterThan(0);
    expect(node.lines.length).toBe(2 * reports);
    expect(node.lines.map((line) => line.text).join('\n')).toMatch(/and 19999 more like it/);
  });
});

test('the memory of a node does not grow with the number of forged datagrams', () => {
  const { node, bases } = activeNode();
  const dice = new Dice(seed);
  const sizes = [0, 1, 2].map(() => {
    for (let n = 0; n < 5000; n += 1) {
      const bytes = mutated(bases[dice.below(bases.length)] ?? Buffer.of(), dice);
      if (!decodeDatagram(bytes, sharedKeys).ok)
        node.tell({ kind: 'datagram', link: 'eth0', bytes }, 5000);
    }
    return JSON.stringify(node.state, (_, value: unknown) =>
      value instanceof Map || value instanceof Set ? [...value] : value,
    ).length;
  });
  // Only digits of counters come to it.
  expect((sizes[2] ?? 0) - (sizes[0] ?? 0)).toBeLessThan(100);
});
