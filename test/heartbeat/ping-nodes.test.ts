/** A whole node and its ping node: what goes out to it, what its answer does, and what API clients hear of it. */
import { expect, test } from 'vitest';
import { assert } from '../../src/assert.ts';
import { parseSettings, type Source } from '../../src/config/parse-settings.ts';
import type { NodeEffect, NodeEvent } from '../../src/heartbeat/effects.ts';
import { nextDeadline } from '../../src/heartbeat/deadline.ts';
import { stepNode } from '../../src/heartbeat/node.ts';
import { clusterNodes } from '../../src/heartbeat/views.ts';
import { createNode, type NodeState } from '../../src/heartbeat/state.ts';
import { encodeDatagram } from '../../src/message/encode.ts';
import { pingDraft } from '../../src/message/drafts.ts';
import { valueOf, type Field } from '../../src/message/messages.ts';
import { instant, nodeName } from '../../src/units.ts';
import { bytesOf, keysOf, positive } from '../message/vectors.ts';

const router = nodeName('172.16.200.1');
const haCf = `
keepalive 1
deadtime 5
deadping 4
initdead 10
auto_failback off
bcast eth0
node node1 node2
ping 172.16.200.1
`;

const source = (file: string, content: string): Source => ({
  kind: 'read',
  file,
  bytes: Buffer.from(content),
});

class OneNode {
  #state: NodeState;
  now = 0;
  effects: NodeEffect[] = [];

  constructor() {
    const { settings } = parseSettings({
      haCf: source('ha.cf', haCf),
      authKeys: source('authkeys', 'auth 1\n1 md5 secret\n'),
      haresources: source('haresources', 'node1 IPaddr::10.0.0.1/24/eth0\n'),
      extensions: { kind: 'unreadable', file: 'extensions.ini', why: 'absent' },
      keyFile: { mode: 0o600, uid: 0 },
    });
    assert(settings !== undefined, 'files without an error');
    const self = nodeName('node1');
    this.#state = createNode({ settings, self, uuid: '1'.repeat(16), generation: 7, seed: 7 });
  }

  step(event: NodeEvent): readonly NodeEffect[] {
    const wall = 0x6b02f598 + Math.floor(this.now / 1000);
    const moment = { now: instant(this.now), wall, load: 'n/a' };
    const { state, effects } = stepNode(this.#state, event, moment);
    this.#state = state;
    this.effects.push(...effects);
    return effects;
  }

  /** Lets time pass; the router answers every ping when it `answers`. */
  runTo(at: number, answers: boolean): void {
    while (nextDeadline(this.#state) <= at) {
      this.now = Math.max(this.now, nextDeadline(this.#state));
      this.#echo(this.step({ kind: 'tick' }), answers);
    }
    this.now = at;
  }

  start(answers: boolean): void {
    this.#echo(this.step({ kind: 'start' }), answers);
  }

  status(): string | undefined {
    return clusterNodes(this.#state).find(({ name }) => name === router)?.status;
  }

  /** What API clients heard that asked for nothing special since the last time, `name=value` in the order of the fields. */
  heard(): readonly string[] {
    const events = this.effects.flatMap((effect) =>
      effect.kind === 'client-event' && effect.event === 'keep' ? [effect.fields] : [],
    );
    this.effects = [];
    return events.filter(isAboutRouter).map((fields) => fields.map(words).join(' '));
  }

  #echo(effects: readonly NodeEffect[], answers: boolean): void {
    for (const effect of effects) {
      if (effect.kind !== 'ping' || !answers) continue;
      this.step({ kind: 'datagram', link: effect.node, bytes: effect.datagram });
    }
  }
}

const isAboutRouter = (fields: readonly Field[]): boolean =>
  valueOf(fields, 'src') === router || valueOf(fields, 'node') === router;

/** Digests and clocks are not compared here. */
const words = ({ name, ...field }: Field): string =>
  ['auth', 'ts'].includes(name) ? name : `${name}=${'value' in field ? field.value : ''}`;

test('what a ping node is sent is what the C daemon sends (p045)', () => {
  const vector = positive.find(({ id }) => id === 'p045');
  assert(vector !== undefined, 'the vector p045');
  const { byId } = keysOf('md5_2');
  const key = byId.get(2);
  assert(key !== undefined, 'key 2');
  const draft = pingDraft('172.16.200.1', 'ping', 0x6b02f598);
  const encoded = encodeDatagram(draft, 'netstring-with-auth', key);

  expect(encoded.ok && Buffer.from(encoded.value)).toEqual(Buffer.from(bytesOf(vector)));
});

test('a ping node that answers, dies and returns is told to clients in the order of C', () => {
  const node = new OneNode();
  node.start(true);
  expect(node.heard()).toEqual([
    't=ifstat node=172.16.200.1 ifname=172.16.200.1 st=up',
    't=NS_st st=ping info=ping src=172.16.200.1 ts auth',
  ]);
  expect(node.status()).toBe('ping');

  node.runTo(20_000, true);
  expect(node.heard()).toEqual([]);
  node.runTo(30_000, false);
  expect(node.heard()).toEqual([
    't=status seq=1 ts src=172.16.200.1 st=dead info=ping',
    't=ifstat node=172.16.200.1 ifname=172.16.200.1 st=dead',
  ]);
  expect(node.status()).toBe('dead');

  node.runTo(31_500, true);
  expect(node.heard()).toEqual([
    't=ifstat node=172.16.200.1 ifname=172.16.200.1 st=up',
    't=NS_st st=ping info=ping src=172.16.200.1 ts auth',
  ]);
});

test('an answer that was changed on its way is no answer', () => {
  const node = new OneNode();
  const [ping] = node.step({ kind: 'start' }).filter(({ kind }) => kind === 'ping');
  assert(ping?.kind === 'ping', 'a ping at the start');
  const bytes = Uint8Array.from(ping.datagram);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  node.step({ kind: 'datagram', link: router, bytes });

  expect(node.status()).toBe('init');
});

test('the death of a ping node runs nothing', () => {
  const node = new OneNode();
  node.start(true);
  node.runTo(20_000, true);
  node.effects = [];
  node.runTo(30_000, false);

  expect(node.status()).toBe('dead');
  expect(node.effects.filter(({ kind }) => kind === 'run' || kind === 'announce')).toEqual([]);
});
