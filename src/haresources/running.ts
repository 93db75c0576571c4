/** What of a group may be running here, and what the file says of it. */
import type { ResourceGroup } from '../config/settings.ts';
import type { GroupState } from './state.ts';

/** The group as the file has it; one that the file does not have any more, as it was. */
export const asInFile = ({ becomes, group }: GroupState): ResourceGroup =>
  becomes?.kind === 'changed' ? becomes.group : group;

/** Whether something of this group may be running here, so that nobody else may start it. */
export function mayRun(state: GroupState): boolean {
  switch (state.run.kind) {
    case 'found':
    case 'running':
    case 'starting':
    case 'stopping':
    case 'pausing':
    case 'verifying':
    case 'stop-failed':
      return true;
    case 'unknown':
    case 'looking':
    case 'stopped':
    case 'failed':
      return false;
  }
}

/** Whether it runs here, or is being stopped, only because an earlier heartbeat had left it. */
export const isLeftOver = ({ run }: GroupState): boolean =>
  run.kind === 'found' || ('step' in run && run.step.leftOver);
