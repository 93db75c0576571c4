/** Whether what this process writes to stderr ends in systemd's journal. */
import { fstatSync } from 'node:fs';

const stderrDescriptor = 2;

/**
 * systemd names the stream that it gave us, as device and inode, in `JOURNAL_STREAM` (systemd.exec(5)). A stderr that was sent elsewhere since
 * then is another one. To be asked at the start: it looks at the descriptor.
 */
export function stderrIsJournal(
  named: string | undefined = process.env['JOURNAL_STREAM'],
  descriptor: number = stderrDescriptor,
): boolean {
  if (named === undefined || named === '') return false;
  const { dev, ino } = fstatSync(descriptor);
  return named === `${String(dev)}:${String(ino)}`;
}
