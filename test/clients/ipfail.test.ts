import { describe, expect, test, vi } from 'vitest';
import type { ClusterFacts } from '../../src/clients/facts.ts';
import { runIpfail } from '../../src/clients/ipfail.ts';
import { text, valueOf, type Field } from '../../src/message/messages.ts';
import { millis } from '../../src/units.ts';
import { openHouse, type House } from './house.ts';
import { bothUp } from './setting.ts';
import { waitFor } from '../wait-for.ts';

const facts: ClusterFacts = { ...bothUp, keepalive: millis(20) };
const mayBeRoot = [{ client: 'ipfail', uids: ['root'], gids: [] }];

interface Run {
  readonly ended: Promise<number>;
  readonly log: readonly string[];
  stop(): void;
}

function start(house: House): Run {
  const end = new AbortController();
  const log: string[] = [];
  const ended = runIpfail({
    path: house.socket,
    signal: end.signal,
    log: ({ level, text: words }) => log.push(`${level}: ${words}`),
  });
  return {
    ended,
    log,
    stop: () => {
      end.abort();
    },
  };
}

const openIpfailHouse = (change: Partial<ClusterFacts> = {}): Promise<House> =>
  openHouse({ facts: { ...facts, ...change }, auth: mayBeRoot });

const fieldsOf = (words: string): readonly Field[] =>
  words.split(' ').map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return text(name, value);
  });

/** What the daemon was given for the cluster, without the marks of the sender. */
const told = (house: House): readonly string[] =>
  house.submitted.map((fields) =>
    fields
      .filter(({ name }) => !['from_id', 'to_id', 'client_gen'].includes(name))
      .map(({ name }) => `${name}=${valueOf(fields, name) ?? ''}`)
      .join(' '),
  );

/** Publishes an event until `ipfail`, which may still be asking its first questions, has answered it. */
const answers = (house: House, event: string, answer: string): Promise<void> =>
  vi.waitFor(
    () => {
      house.server.publish(fieldsOf(event), 'keep');
      expect(told(house)).toContain(answer);
    },
    { timeout: 4_000, interval: 20 },
  );

const join = 't=hbapi-clstat st=join from_id=ipfail to_id=ipfail src=api2 info=signon client_gen=1';
const ourCount = 't=num_ping_nodes src=api1 num_ping=1 dest=api2';

describe('ipfail', () => {
  test('signs on by its name, tells its count, and signs off at the signal with 0', async () => {
    await using house = await openIpfailHouse();
    const run = start(house);
    await answers(house, join, ourCount);
    run.stop();

    expect(await run.ended).toBe(0);
    await waitFor(() => {
      expect(told(house)).toContain('t=hbapi-clstat st=leave src=api1 info=signoff');
    });
    expect(told(house)[0]).toBe('t=hbapi-clstat st=join src=api1 info=signon');
  });

  test('asks for standby two keepalives after a higher count of the other node', async () => {
    await using house = await openIpfailHouse();
    const run = start(house);
    await answers(house, join, ourCount);
    house.server.publish(
      fieldsOf('t=num_ping_nodes src=api2 num_ping=2 dest=api1 to_id=ipfail'),
      'keep',
    );
    await waitFor(() => {
      expect(told(house)).toContain('t=ask_resources rsc_hold=all src=api1 info=me');
    });
    run.stop();
    expect(await run.ended).toBe(0);
  });

  test('tells a node with a lower count that it is dead', async () => {
    await using house = await openIpfailHouse();
    const run = start(house);
    const lower = 't=num_ping_nodes src=api2 num_ping=0 dest=api1 to_id=ipfail';
    await answers(house, lower, 't=you_are_dead dest=api2');
    run.stop();
    expect(await run.ended).toBe(0);
  });

  test('does not miss what the other node answers while it still asks its first questions', async () => {
    await using house = await openIpfailHouse();
    const run = start(house);
    await vi.waitFor(
      () => {
        expect(told(house)).toHaveLength(1);
      },
      { interval: 1, timeout: 10_000 },
    );
    house.server.publish(
      fieldsOf('t=num_ping_nodes src=api2 num_ping=0 dest=api1 to_id=ipfail'),
      'keep',
    );
    await waitFor(() => {
      expect(told(house)).toContain('t=you_are_dead dest=api2');
    });
    run.stop();
    expect(await run.ended).toBe(0);
  });

  test('ends with 1 when its daemon goes', async () => {
    await using house = await openIpfailHouse();
    const run = start(house);
    await answers(house, join, ourCount);
    house.end();

    expect(await run.ended).toBe(1);
    expect(run.log.at(-1)).toMatch(/^ERROR: .*heartbeat has gone$/);
  });

  test('ends with 1 when no daemon is there', async () => {
    await using house = await openIpfailHouse();
    house.end();
    const run = start(house);
    expect(await run.ended).toBe(1);
    expect(run.log).toHaveLength(1);
    expect(run.log[0]).toMatch(/^ERROR: cannot sign on: /);
  });

  test.each<[string, Partial<ClusterFacts>]>([
    ['ipfail cannot be used with auto_failback legacy', { parameter: () => 'legacy' }],
    [
      'ipfail needs a cluster of two nodes',
      { nodes: () => facts.nodes().filter(({ name }) => name === facts.self) },
    ],
  ])('ends with 100, not to be started again: %s', async (words, change) => {
    await using house = await openIpfailHouse(change);
    const run = start(house);
    expect(await run.ended).toBe(100);
    expect(run.log).toEqual([`ERROR: ${words}`]);
  });
});
