/** `meatware`: a person resets the node, and says so with `meatclient` (spec fencing 8.2). */
import { awaitConfirmation } from './confirmation.ts';
import type { Device, DeviceSurroundings } from './device.ts';

/** An attempt lasts until somebody answers. */
export function meatwareDevice({
  log,
  places,
}: Pick<DeviceSurroundings, 'log' | 'places'>): Device {
  const say = (level: 'info' | 'ERROR', text: string): void => {
    log({ level, text: `glib: ${text}` });
  };
  return {
    id: () => Promise.resolve('Meatware STONITH device'),
    reset: async (node, signal) => {
      say('ERROR', `OPERATOR INTERVENTION REQUIRED to reset ${node}.`);
      say('ERROR', `Run "meatclient -c ${node}" AFTER power-cycling the machine.`);
      const answer = await awaitConfirmation(node, places.fifos, signal);
      switch (answer) {
        case 'confirmed':
          say('info', `node Meatware-reset: ${node}`);
          return { kind: 'ok' };
        case 'other-words':
          say('ERROR', `failed to Meatware-reset node ${node}`);
          return { kind: 'failed', why: 'the answer names another node' };
        case 'no-words':
          say('ERROR', `Format error - failed to Meatware-reset node ${node}`);
          return { kind: 'failed', why: 'the operator said no' };
        case 'silence':
        case 'no-fifo':
          say('ERROR', 'read error on FIFO for Meatware_reset_host');
          return { kind: 'failed', why: 'no answer came through the FIFO' };
        case 'cancelled':
          return { kind: 'failed', why: 'cancelled' };
      }
    },
    status: () => Promise.resolve(undefined),
    hosts: () => Promise.resolve(undefined),
    asksOperator: true,
  };
}
