import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { saysRunning } from '../../src/agents/status-text.ts';

describe('the text of status says running', () => {
  test.each([
    'httpd is running',
    'INFO:  Running OK',
    'OK',
    'BOOKKEEPING', // "OK" inside a word
    'running, but not now',
    'is NOTrunning', // no blank after "not"
    'not\trunning', // a tab is no blank
    'running\nnot stopped',
    'not OK',
  ])('%j', (text) => {
    expect(saysRunning(text)).toBe(true);
  });
});

describe('the text of status does not say running', () => {
  test.each([
    '',
    'stopped',
    'is RUNNING',
    'ok',
    'active',
    'not running',
    'httpd is Not Running',
    'NOT  running',
    'nOt really Running',
    'cannot be running', // "not" at the end of a word counts
    'config not found\nhttpd is running', // across lines
    'OK\nnot running',
    'INFO:  Resource is stopped',
  ])('%j', (text) => {
    expect(saysRunning(text)).toBe(false);
  });
});

test('agrees with the rule as a pattern, whatever the words', () => {
  const words = fc.constantFrom('not', 'Not', 'NOT', ' ', '\n', 'running', 'Running', 'OK', 'x');
  fc.assert(
    fc.property(fc.array(words, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      const byPattern =
        !/[Nn][Oo][Tt] [^]*[Rr]unning/.test(text) && /running|Running|OK/.test(text);
      expect(saysRunning(text)).toBe(byPattern);
    }),
    { numRuns: 2000 },
  );
});

test('takes no longer for a hostile text', () => {
  const text = 'not '.repeat(16_384);
  expect(saysRunning(text)).toBe(false);
});
