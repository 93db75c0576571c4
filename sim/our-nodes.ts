/** Makes our own nodes, all with the same files. */
import type { Kept } from '../src/haresources/types.ts';
import { nodeName } from '../src/units.ts';
import { OurDaemon, type Daemon } from './daemon.ts';
import type { Machine } from './machine.ts';
import { settingsOf, type Written } from './settings.ts';

/** Makes the daemon that starts on a machine; `kept` is what its own life before has left running. */
export type MakeDaemon = (machine: Machine, kept: Kept | undefined) => Daemon;

export const ourNodes =
  (written: Written): MakeDaemon =>
  ({ name, uuid, generation }, kept) => {
    const settings = settingsOf(written);
    return new OurDaemon({
      settings,
      self: nodeName(name),
      uuid,
      generation,
      seed: generation,
      kept,
      stopFailure: settings.extensions.stopFailure,
    });
  };
