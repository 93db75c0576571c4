/** The scheduling class of the thread that runs the loop: sched_setscheduler(2). */
import { type Result, fail, succeed } from '../result.ts';
import { errorWords, libc } from './libc.ts';

// sched.h of Linux, the same on every architecture.
const other = 0;
const roundRobin = 2;
/** Programs and threads that are started from here on have the ordinary class again. */
const resetOnFork = 0x40000000;
const thisThread = 0;

/**
 * SCHED_RR with `priority` (1 to 99), before every ordinary process; undefined: the ordinary class again. Only the calling thread
 * has it, and nothing that it starts. Fails with the errno's words, or where the system's library cannot be called.
 */
export function setRealtimePriority(priority: number | undefined): Result<undefined, string> {
  const library = libc();
  if (!library.ok) return library;
  const policy = priority === undefined ? other : roundRobin;
  const parameters = Buffer.from(new Int32Array([priority ?? 0]).buffer);
  const { setScheduler } = library.value;
  const answer = setScheduler(thisThread, policy | resetOnFork, parameters);
  return answer < 0 ? fail(errorWords(answer)) : succeed(undefined);
}
