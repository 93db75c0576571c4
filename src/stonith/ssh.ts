/** `ssh`: asks the node to reset itself. For tests: it cannot reset a node that hangs or is cut off (spec fencing 8.3). */
import { setTimeout as wait } from 'node:timers/promises';
import type { AttemptOutcome } from '../fencing/types.ts';
import { runScript, type ScriptEnd } from '../agents/run-script.ts';
import { type NodeName, seconds } from '../units.ts';
import { type Device, type DeviceSurroundings, hostsIn, type Parameters } from './device.ts';

const name = 'SSH STONITH device';
const command = `echo 'sleep 2; /sbin/reboot -nf' | SHELL=/bin/sh at now >/dev/null 2>&1`;
const pings = 15;
const pauseMillis = 1000;

/** Resets the hosts of its list alone; the node is down when it answers no ping. */
export function sshDevice(parameters: Parameters, around: DeviceSurroundings): Device {
  const hosts = hostsIn(parameters.get('hostlist') ?? '');
  return {
    id: () => Promise.resolve(name),
    reset: (node, signal) => {
      if (hosts.includes(node)) return reset(node, around, signal);
      around.log({
        level: 'CRIT',
        text: `glib: SSH STONITH device doesn't control host [${node}]`,
      });
      return Promise.resolve({ kind: 'bad-host', device: name });
    },
    status: () => Promise.resolve(undefined),
    hosts: () => Promise.resolve(hosts),
  };
}

async function reset(
  node: NodeName,
  around: DeviceSurroundings,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  around.log({ level: 'info', text: `glib: Initiating ssh-reset on host: ${node}` });
  // Whether it was understood is seen by what becomes of the node.
  const args = ['-q', '-x', '-n', '-l', 'root', '-o', 'BatchMode=yes', '--', node, command];
  const asked = await run('ssh', args, around, signal);
  if (asked.kind === 'not-started') return { kind: 'failed', why: asked.why };
  for (let tries = 0; tries < pings && !signal.aborted; tries += 1) {
    const ping = await run('ping', ['-w1', '-c1', '--', node], around, signal);
    if (ping.kind === 'exited' && ping.code === 1) return { kind: 'ok' };
    await wait(pauseMillis);
  }
  around.log({ level: 'ERROR', text: `glib: still able to ping: node ${node}` });
  return { kind: 'failed', why: 'it still answers pings' };
}

function run(
  path: string,
  args: readonly string[],
  { directory, environment }: DeviceSurroundings,
  signal: AbortSignal,
): Promise<ScriptEnd> {
  const limit = seconds(20);
  const call = { path, args, environment, directory, limit, log: undefined };
  return runScript({ ...call, stdout: 'capture' }, signal);
}
