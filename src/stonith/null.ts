/** `null`: says that every node is reset, and does nothing. For tests: it disables the protection (spec fencing 8.3). */
import { type Device, type DeviceSurroundings, hostsIn, type Parameters } from './device.ts';

export function nullDevice(
  parameters: Parameters,
  { log }: Pick<DeviceSurroundings, 'log'>,
): Device {
  return {
    id: () => Promise.resolve('NULL STONITH device'),
    reset: (node) => {
      log({ level: 'info', text: `glib: Host null-reset: ${node}` });
      return Promise.resolve({ kind: 'ok' });
    },
    status: () => Promise.resolve(undefined),
    hosts: () => Promise.resolve(hostsIn(parameters.get('hostlist') ?? '')),
  };
}
