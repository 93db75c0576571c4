import { describe, expect, test } from 'vitest';
import { confirmDown } from '../../src/cli/confirm-down.ts';

interface Told {
  readonly status: number;
  readonly asked: readonly string[];
  readonly complaints: string;
}

/** Runs the command where no daemon runs; `answer` is the operator's. */
async function run(words: readonly string[], answer?: string): Promise<Told> {
  const asked: string[] = [];
  let complaints = '';
  const status = await confirmDown(words, {
    fifo: '/nonexistent/fifo',
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
    print: () => undefined,
    complain: (text) => {
      complaints += text;
    },
  });
  return { status, asked, complaints };
}

describe('hb_confirm_down', () => {
  test('asks before it says anything', async () => {
    const told = await run(['node2'], 'y');

    expect(told.asked).toEqual(['Is node2 down for certain? [yN] ']);
    expect(told.complaints).toMatch(/^hb_confirm_down: heartbeat does not run on this machine/);
    expect(told.status).toBe(1);
  });

  test.each([undefined, '', 'n', 'no', 'node2'])(
    'says nothing when the answer is %j',
    async (answer) => {
      expect(await run(['node2'], answer)).toMatchObject({ status: 3, complaints: '' });
    },
  );

  test('does not ask with -y', async () => {
    expect((await run(['-y', 'node2'])).asked).toEqual([]);
  });

  test.each([[[]], [['-y']], [['node1', 'node2']], [['--help']], [['node2\nt=shutdone']], [['']]])(
    '%j is no node',
    async (words) => {
      expect(await run(words, 'y')).toMatchObject({
        status: 1,
        complaints: 'usage: hb_confirm_down [-y] NODE\n',
      });
    },
  );
});
