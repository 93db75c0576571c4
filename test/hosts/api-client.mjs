/**
 * `node api-client.mjs ID`: a named client of the daemon on this host. Each line of stdin, as JSON, is told to the cluster; each
 * message that comes is a line of stdout. It signs off at the end of stdin.
 */
import { createInterface } from 'node:readline';
import { signOn } from '../../dist/clients/client.js';

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const signedOn = await signOn('/run/heartbeat/register', new globalThis.AbortController().signal, {
  id: process.argv[2],
  heard: (event) => {
    say(Object.fromEntries(event));
  },
  lost: () => process.exit(0),
});
if (!signedOn.ok) {
  say(signedOn.reason);
  process.exit(1);
}
for await (const line of createInterface({ input: process.stdin })) {
  signedOn.value.tell(JSON.parse(line));
}
signedOn.value.close();
