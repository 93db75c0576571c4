import { describe, expect, test } from 'vitest';
import { cLinesOf, formatCount, formatProblem, tell } from '../../src/config/format-problem.ts';
import { languageOf } from '../../src/config/language.ts';
import type { Problem } from '../../src/config/problem.ts';
import { configCases, corpus, judge, machine, sourcesOf } from './recorded.ts';
import { samples } from './samples.ts';

describe('the language', () => {
  test.each([
    [{}, 'en'],
    [{ LANG: 'C' }, 'en'],
    [{ LANG: 'en_US.UTF-8' }, 'en'],
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh_CN.utf8' }, 'zh'],
    [{ LANG: 'zh_CN' }, 'zh'],
    [{ LANG: 'zh' }, 'zh'],
    [{ LANG: 'zh_TW.UTF-8@x' }, 'zh'],
    [{ LANG: 'zha_CN.UTF-8' }, 'en'],
    // Our text is UTF-8, and would be unreadable there.
    [{ LANG: 'zh_CN.GBK' }, 'en'],
    [{ LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'en_US.UTF-8' }, 'en'],
    [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN.UTF-8' }, 'zh'],
    [{ LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'zh_CN.UTF-8', LC_ALL: 'C' }, 'en'],
    [{ LANG: 'zh_CN.UTF-8', LC_ALL: '' }, 'zh'],
  ])('%j asks for %s', (variables, language) => {
    expect(languageOf(variables)).toBe(language);
  });
});

const hasChinese = (text: string): boolean => /\p{Script=Han}/u.test(text);

/** Words of our English sentences that no name, value or command of heartbeat is. */
const englishWords =
  /\b(?:the|write|this|that|and|with|not|has|was|are|is|remove|which|but|it|its|of|from|must|only|them|mend|exist)\b/i;

/** The words of a problem that are ours to translate: without those of C and of the file. */
function ownWords(problem: Problem): string {
  const { message, mend } = tell(problem, 'zh');
  const said = cLinesOf(problem).map((line) => line.replace(/\.$/, ''));
  return said.reduce((text, line) => text.replace(line, ''), `${message} ${mend}`);
}

describe('every kind of problem', () => {
  test.each(samples.map((problem) => [problem.kind, problem] as const))(
    '%s has a message and a mend, in both languages',
    (_, problem) => {
      const english = tell(problem, 'en');
      expect(english.message).toMatch(/\w{2}/);
      expect(english.mend).toMatch(/\w{2}/);
      expect(hasChinese(english.message + english.mend)).toBe(false);

      const chinese = tell(problem, 'zh');
      expect([chinese.message, chinese.mend].filter((text) => !hasChinese(text))).toEqual([]);
      expect(ownWords(problem)).not.toMatch(englishWords);
    },
  );

  test('carries the words of C in both languages, for monitoring looks for them', () => {
    for (const problem of samples) {
      for (const line of cLinesOf(problem)) {
        const words = line.replace(/\.$/, '');
        expect(formatProblem(problem, 'en')).toContain(words);
        expect(formatProblem(problem, 'zh')).toContain(words);
      }
    }
  });
});

test('every problem of the recorded and published files is told in Chinese, in one line', () => {
  const files = [
    ...configCases,
    ...corpus.haCf.map(({ text }) => ({ haCf: text })),
    ...corpus.authKeys.map(({ text }) => ({ authKeys: text })),
    ...corpus.haresources.map(({ text }) => ({ haCf: 'node node1\n', haresources: text })),
  ];
  const problems = files.flatMap(
    (texts) => judge(sourcesOf({ ...texts, mode: 0o600 }), machine).problems,
  );
  const lines = problems.map((problem) => formatProblem(problem, 'zh'));
  const words = problems.map((problem) => tell(problem, 'zh'));

  expect(lines.length).toBeGreaterThan(500);
  expect(lines.filter((line) => !/:\d+:\d+: (?:错误|警告): /.test(line))).toEqual([]);
  expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([]);
  expect(words.filter(({ message }) => !hasChinese(message))).toEqual([]);
  expect(words.filter(({ mend }) => !hasChinese(mend))).toEqual([]);
});

test('a line in Chinese reads like one', () => {
  const lines = samples
    .filter(({ kind }) => kind === 'bad-owner' || kind === 'unknown-directive')
    .map((problem) => formatProblem(problem, 'zh'));

  expect(lines).toEqual([
    '/etc/ha.d/ha.cf:3:7: 警告: Illegal directive [keepalve] in /etc/ha.d//ha.cf: 没有这个指令；请改正或删除本行；是否想写“keepalive”？',
    '/etc/ha.d/ha.cf:3:7: 警告: Bad nodename in /etc/ha.d//ha.cf [nod1]: ha.cf 里的节点是 node1；每行的第一个词要写资源的首选节点；是否想写“node1”？',
  ]);
});

test('the count of problems is told in both languages', () => {
  const [first] = samples;
  const one = first === undefined ? [] : [first];
  const texts = [[], one].flatMap((problems) => [
    formatCount(problems, 'en'),
    formatCount(problems, 'zh'),
  ]);

  expect(texts).toEqual([
    'no fault found',
    '未发现问题',
    '0 errors, 1 warning',
    '0 个错误，1 个警告',
  ]);
});
