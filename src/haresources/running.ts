/** Whether something of a group may be running here. */
import type { GroupState } from './state.ts';

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
