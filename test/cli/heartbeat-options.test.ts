import { describe, expect, test } from 'vitest';
import { parseHeartbeatOptions } from '../../src/cli/heartbeat-options.ts';

const plain = { foreground: false, isBackground: false, debug: 0, manageResources: true };

describe('the command line of heartbeat', () => {
  test.each([
    [[], { kind: 'start', start: plain, show: false }],
    [['-f'], { kind: 'start', start: { ...plain, foreground: true }, show: false }],
    [['--foreground'], { kind: 'start', start: { ...plain, foreground: true }, show: false }],
    [['-d'], { kind: 'start', start: { ...plain, debug: 1 }, show: false }],
    [['-ddd', '-d'], { kind: 'start', start: { ...plain, debug: 4 }, show: false }],
    [
      ['-dfM'],
      {
        kind: 'start',
        start: { ...plain, debug: 1, foreground: true, manageResources: false },
        show: false,
      },
    ],
    [['-l'], { kind: 'start', start: plain, show: false }],
    [['-W'], { kind: 'start', start: plain, show: false }],
    [['-v'], { kind: 'start', start: plain, show: true }],
    [['foo', 'bar'], { kind: 'start', start: plain, show: false }],
    [['foo', '-s'], { kind: 'status' }],
    [['-V'], { kind: 'version' }],
    [['-V', '-C', 'all'], { kind: 'version' }],
    [['-D'], { kind: 'defaults', wiki: false }],
    [['-D', '-W'], { kind: 'defaults', wiki: true }],
    [['-DW'], { kind: 'defaults', wiki: true }],
    [['-k'], { kind: 'stop' }],
    [['-s', '-k'], { kind: 'stop' }],
    [['-r', '-s'], { kind: 'status' }],
    [['-k', '-R'], { kind: 'stop' }],
    [['-r'], { kind: 'reload', start: plain }],
    [['-rd'], { kind: 'reload', start: { ...plain, debug: 1 } }],
    [['-R'], { kind: 'restart-exec' }],
    [['-R', '-C', 'all'], { kind: 'restart-exec' }],
    [['-r', '-R'], { kind: 'restart-exec' }],
    [['-RCall'], { kind: 'restart-exec' }],
    [['--check'], { kind: 'check', start: plain, form: 'text', peer: false }],
    [['--check', '--json'], { kind: 'check', start: plain, form: 'json', peer: false }],
    [
      ['-M', '--check', '-k'],
      { kind: 'check', start: { ...plain, manageResources: false }, form: 'text', peer: false },
    ],
    [['--fence-test', 'node2'], { kind: 'fence-test', node: 'node2', start: plain }],
    [['--check', '--peer'], { kind: 'check', start: plain, form: 'text', peer: true }],
  ])('%j', (words, command) => {
    expect(parseHeartbeatOptions(words)).toEqual({ ok: true, value: command });
  });

  test.each([
    [['-h']],
    [['-E']],
    [['-fz']],
    [['-C', 'all']],
    [['-C']],
    [['--fence-test']],
    [['--nonsense']],
    [['--json']],
    [['--plan', '-M']],
  ])('%j is refused with the usage and status 2', (words) => {
    const parsed = parseHeartbeatOptions(words);

    expect(parsed).toMatchObject({ ok: false, reason: { status: 2 } });
    expect(parsed.ok ? '' : parsed.reason.text).toContain(
      'Usage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]\n\t-C only valid with -R\n',
    );
  });

  test('--help explains the options with status 0', () => {
    const parsed = parseHeartbeatOptions(['--help']);

    expect(parsed).toMatchObject({ ok: false, reason: { status: 0 } });
    expect(parsed.ok ? '' : parsed.reason.text).toMatch(/-k .*stop the daemon/);
  });
});
