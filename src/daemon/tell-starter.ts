/** The word to the process that started the daemon in the background, and farewell to its terminal. */
import { close, write } from 'node:fs';
import { promisify } from 'node:util';
import { silence } from '../native/descriptors.ts';
import { readyDescriptor, readyWord } from './start-in-background.ts';

const stderrDescriptor = 2;

/** Says that the daemon is up, and lets go of the starter: from now on nobody reads stderr. */
export async function tellStarter(): Promise<void> {
  // A starter that is gone already does not have to hear it.
  await promisify(write)(readyDescriptor, readyWord).catch(() => undefined);
  await promisify(close)(readyDescriptor).catch(() => undefined);
  await silence(stderrDescriptor);
}
