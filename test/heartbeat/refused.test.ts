import { expect, test } from 'vitest';
import { Cluster } from '../../sim/cluster.ts';
import { text } from '../../src/message/messages.ts';

test('what a client may not send is told once a second, with a count', () => {
  const cluster = new Cluster({ autoFailback: 'off', loss: 0, seed: 1 });
  cluster.start('node1', 'node2');
  cluster.run(20_000);
  const told = (): readonly string[] =>
    cluster.logged('node1').filter((line) => line.includes('message of type status refused'));
  const send = (): void => {
    cluster.tell('node1', { kind: 'local-message', fields: [text('t', 'status')] });
  };
  for (let count = 0; count < 500; count += 1) send();
  expect(told()).toHaveLength(1);

  cluster.run(2_000);
  send();
  expect(told()[1]).toContain('(and 499 more like it)');
});
