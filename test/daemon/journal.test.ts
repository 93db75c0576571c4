/** Whose stderr it is. */
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { stderrIsJournal } from '../../src/daemon/journal.ts';

test('only the stream that systemd has named is the journal', async () => {
  const file = await open('/dev/null');
  const { dev, ino } = statSync('/dev/null');

  expect(stderrIsJournal(`${String(dev)}:${String(ino)}`, file.fd)).toBe(true);
  expect(stderrIsJournal(`${String(dev)}:${String(ino + 1)}`, file.fd)).toBe(false);
  expect(stderrIsJournal(undefined, file.fd)).toBe(false);
  expect(stderrIsJournal('', file.fd)).toBe(false);
  await file.close();
});
