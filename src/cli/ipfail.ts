#!/usr/bin/env node
/**
 * `ipfail`: gives resources up when the other node sees more ping nodes (spec client-api 12). To be run by the daemon, as user hacluster:
 * `respawn hacluster ipfail`; it logs where the daemon's environment says.
 */
import { runIpfail } from '../clients/ipfail.ts';
import { helperLog } from '../daemon/helper-log.ts';
import { paths } from '../daemon/paths.ts';

const log = helperLog('ipfail');
const end = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    end.abort();
  });
}
process.exitCode = await runIpfail({
  path: paths().registerSocket,
  signal: end.signal,
  log: (line) => {
    log.write(line);
  },
});
await log.close();
