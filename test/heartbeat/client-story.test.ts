/** Two whole nodes, packets that get lost between them, and what the API clients of both hear. */
import { beforeEach, expect, test } from 'vitest';
import { assert } from '../../src/assert.ts';
import { parseSettings, type Source } from '../../src/config/parse-settings.ts';
import type { NodeEvent } from '../../src/heartbeat/effects.ts';
import { nextDeadline } from '../../src/heartbeat/deadline.ts';
import { stepNode } from '../../src/heartbeat/node.ts';
import { createNode, type NodeState } from '../../src/heartbeat/state.ts';
import { text, valueOf, type Field } from '../../src/message/messages.ts';
import { after, instant, nodeName, seconds, type Instant } from '../../src/units.ts';

const haCf = `
keepalive 1
deadtime 5
initdead 10
auto_failback off
bcast eth0
node node1 node2
`;

const source = (file: string, content: string): Source => ({
  kind: 'read',
  file,
  bytes: Buffer.from(content),
});

function nodeOf(name: string): NodeState {
  const { settings } = parseSettings({
    haCf: source('ha.cf', haCf),
    authKeys: source('authkeys', 'auth 1\n1 md5 secret\n'),
    haresources: source('haresources', ''),
    extensions: { kind: 'unreadable', file: 'extensions.ini', why: 'absent' },
    keyFile: { mode: 0o600, uid: 0 },
  });
  assert(settings !== undefined, 'files without an error');
  const uuid = name.slice(-1).repeat(16);
  return createNode({ settings, self: nodeName(name), uuid, generation: 7, seed: 7 });
}

class Two {
  readonly #nodes = new Map([
    ['node1', nodeOf('node1')],
    ['node2', nodeOf('node2')],
  ]);
  /** What clients of a node heard that asked for nothing special, as `type n`. */
  readonly #heard = new Map<string, string[]>([
    ['node1', []],
    ['node2', []],
  ]);
  /** Datagrams that do not reach the other node. */
  lose = 0;
  now: Instant = instant(0);

  /** Has `name` say something to the cluster, as a script or a client of its own would. */
  say(name: string, type: string, n: string): void {
    this.#step(name, {
      kind: 'local-message',
      fields: [text('t', type), text('st', 'join'), text('n', n)],
    });
  }

  start(): void {
    for (const name of this.#nodes.keys()) this.#step(name, { kind: 'start' });
    this.run(15);
    for (const heard of this.#heard.values()) heard.length = 0;
  }

  run(duration: number): void {
    const end = after(this.now, seconds(duration));
    for (;;) {
      const [due] = [...this.#nodes].sort(([, a], [, b]) => nextDeadline(a) - nextDeadline(b));
      if (due === undefined || nextDeadline(due[1]) > end) break;
      this.now = instant(Math.max(this.now, nextDeadline(due[1])));
      this.#step(due[0], { kind: 'tick' });
    }
    this.now = end;
  }

  heard(name: string): readonly string[] {
    return this.#heard.get(name) ?? [];
  }

  #step(name: string, event: NodeEvent): void {
    const state = this.#nodes.get(name);
    assert(state !== undefined, name);
    const wall = 1000 + Math.floor(this.now / 1000);
    const step = stepNode(state, event, { now: this.now, wall, load: 'n/a' });
    this.#nodes.set(name, step.state);
    for (const effect of step.effects) {
      if (effect.kind === 'send') this.#send(name, effect.datagram);
      else if (effect.kind === 'client-event' && effect.event === 'keep') {
        this.#heard.get(name)?.push(`${word(effect.fields, 't')} ${word(effect.fields, 'n')}`);
      }
    }
  }

  /** A broadcast comes back to its sender, too. */
  #send(from: string, bytes: Uint8Array): void {
    this.#step(from, { kind: 'datagram', link: 'eth0', bytes });
    if (this.lose > 0) this.lose -= 1;
    else {
      const to = from === 'node1' ? 'node2' : 'node1';
      this.#step(to, { kind: 'datagram', link: 'eth0', bytes });
    }
  }
}

const word = (fields: readonly Field[], name: string): string => valueOf(fields, name) ?? '';

let two: Two;
beforeEach(() => {
  two = new Two();
  two.start();
});

test('a message that has to be sent again is heard once on both nodes', () => {
  two.say('node1', 'hello', '1');
  two.lose = 1;
  two.say('node1', 'hello', '2');
  two.say('node1', 'hello', '3');
  two.run(3);
  expect(two.heard('node1')).toEqual(['hello 1', 'hello 2', 'hello 3']);
  expect(two.heard('node2')).toEqual(['hello 1', 'hello 3', 'hello 2']);
});

test('a client’s coming is heard after what its node had said before', () => {
  two.lose = 1;
  two.say('node1', 'hello', '1');
  two.say('node1', 'hbapi-clstat', '2');
  two.say('node1', 'hello', '3');
  two.run(3);
  expect(two.heard('node2')).toEqual(['hello 3', 'hello 1', 'hbapi-clstat 2']);
});

test('life signs are no news', () => {
  two.run(10);
  expect(two.heard('node1')).toEqual([]);
});
