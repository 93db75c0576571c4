/** A directory with plug-ins of the test's own, and what devices run in. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '../../src/log-line.ts';
import type { DeviceSurroundings } from '../../src/stonith/device.ts';
import { millis } from '../../src/units.ts';

export class Workshop {
  readonly log: string[] = [];
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<Workshop> {
    return new Workshop(await mkdtemp(join(tmpdir(), 'stonith-')));
  }

  close(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }

  /** Everything a device may need; `limit` in milliseconds. */
  around(limit = 10_000): DeviceSurroundings {
    return {
      environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
      directory: '/',
      limit: millis(limit),
      places: {
        external: [this.directory],
        rhcs: [this.directory],
        command: ['/usr/sbin/stonith'],
        fenceAgents: [this.directory],
        fifos: this.directory,
      },
      log: (line: LogLine) => {
        this.log.push(`${line.level} ${line.text}`);
      },
    };
  }

  /** A script for `sh`, with this mode. */
  async script(name: string, lines: string, mode = 0o755): Promise<void> {
    const path = join(this.directory, name);
    await writeFile(path, `#!/bin/sh\n${lines}\n`);
    await chmod(path, mode);
  }
}
