import { describe, expect, test } from 'vitest';
import type { LogLine } from '../../src/log-line.ts';
import { WriteFailures } from '../../src/transport/write-failures.ts';
import { instant } from '../../src/units.ts';

function logged(tell: (failures: WriteFailures) => void): string[] {
  const lines: LogLine[] = [];
  tell(new WriteFailures('bcast eth1', (line) => lines.push(line)));
  return lines.map(({ level, text }) => `${level}: ${text}`);
}

const told = 'ERROR: write_child: write failure on bcast eth1.: Network is unreachable';

describe('failed writes', () => {
  test('are told at most once a second for a reason', () => {
    const lines = logged((failures) => {
      for (const at of [0, 200, 999, 1_000]) failures.failed('Network is unreachable', instant(at));
    });

    expect(lines).toEqual([told, told]);
  });

  test('of another reason are told at once', () => {
    const lines = logged((failures) => {
      failures.failed('Network is unreachable', instant(0));
      failures.failed('No such device', instant(1));
    });

    expect(lines).toEqual([told, told.replace('Network is unreachable', 'No such device')]);
  });

  test('are no longer told after ten in a row, until the thousand and first', () => {
    const lines = logged((failures) => {
      for (let count = 0; count < 1_001; count += 1) {
        failures.failed('Network is unreachable', instant(count * 1_000));
      }
    });

    expect(lines).toEqual([
      ...Array.from({ length: 10 }, () => told),
      'WARN: Temporarily Suppressing write error messages',
      'WARN: Is a cable unplugged on bcast eth1?',
      told,
    ]);
  });

  test('are told again after one that succeeded', () => {
    const lines = logged((failures) => {
      for (let count = 0; count < 20; count += 1) {
        failures.failed('Network is unreachable', instant(count));
      }
      failures.succeeded();
      failures.failed('Network is unreachable', instant(5_000));
    });

    expect(lines.at(-1)).toBe(told);
    expect(lines.filter((line) => line === told)).toHaveLength(2);
  });
});
