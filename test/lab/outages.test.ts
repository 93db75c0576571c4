import { describe, expect, test } from 'vitest';
import { noAnswers, servedBy, shortestOutage, withAnswer, type Outage } from '../../lab/outages.ts';

function outagesOf(answers: readonly (readonly [at: number, from: string])[]): readonly Outage[] {
  const found: Outage[] = [];
  let known = noAnswers;
  for (const [at, from] of answers) {
    const step = withAnswer(known, from, at);
    known = step.answers;
    if (step.outage !== undefined) found.push(step.outage);
  }
  return found;
}

describe('the client', () => {
  test('finds no outage in answers of one host that follow each other closely', () => {
    expect(
      outagesOf([
        [0, 'node1'],
        [5, 'node1'],
        [5 + shortestOutage - 1, 'node1'],
      ]),
    ).toEqual([]);
  });

  test('measures from the last answer of the one host to the first of the other', () => {
    expect(
      outagesOf([
        [0, 'node1'],
        [10, 'node1'],
        [48, 'node2'],
        [53, 'node2'],
      ]),
    ).toEqual([{ from: 'node1', to: 'node2', length: 38 }]);
  });

  test('tells a long silence even if the same host answers afterwards', () => {
    expect(
      outagesOf([
        [0, 'node1'],
        [3000, 'node1'],
      ]),
    ).toEqual([{ from: 'node1', to: 'node1', length: 3000 }]);
  });

  test('counts the answers', () => {
    const first = withAnswer({ ...noAnswers, asked: 7 }, 'node1', 1).answers;
    expect(first).toEqual({ asked: 7, answered: 1, last: { from: 'node1', at: 1 } });
  });
});

describe('a page', () => {
  const page = 'HTTP/1.0 200 OK\r\nContent-Length: 16\r\n\r\nserved by node1\n';

  test('names its host', () => {
    expect(servedBy(page)).toBe('node1');
  });

  test.each([
    page.slice(0, -1),
    page.replace('200', '503'),
    page.replace('node1', '<script>'),
    '',
    'HTTP/1.0 200 OK\r\n\r\nIt works!\n',
  ])('that is not whole, or not ours, names none: %j', (text) => {
    expect(servedBy(text)).toBeUndefined();
  });

  test('of another server is an answer when it is exactly what is wanted, and the header names its host', () => {
    const answer = (body: string): string => `HTTP/1.1 200 OK\r\nServed-By: node2\r\n\r\n${body}`;
    expect(servedBy(answer('the export\n'), 'the export')).toBe('node2');
    expect(servedBy(answer('It works!\n'), 'the export')).toBeUndefined();
    expect(servedBy(answer('served by node1\n'), 'the export')).toBeUndefined();
    expect(servedBy('HTTP/1.1 200 OK\r\n\r\nthe export\n', 'the export')).toBeUndefined();
  });
});
