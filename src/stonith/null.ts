/** `null`: says that every node is reset, and does nothing. For tests: it disables the protection (spec fencing 8.3). */
import type { Device, DeviceSurroundings } from './device.ts';

/** Takes any node. */
export function nullDevice({ log }: Pick<DeviceSurroundings, 'log'>): Device {
  return {
    id: () => Promise.resolve('NULL STONITH device'),
    reset: (node) => {
      log({ level: 'info', text: `glib: Host null-reset: ${node}` });
      return Promise.resolve({ kind: 'ok' });
    },
    status: () => Promise.resolve(undefined),
    hosts: () => Promise.resolve(undefined),
  };
}
