/**
 * Whether the text that `status` printed says "running". Only stdout counts, never the exit code (spec resources 3.2), in this order:
 * "not", a blank and later "running" or "Running" is not running, also across lines; "running", "Running" or "OK" anywhere is
 * running; anything else, nothing included, is not.
 */
export function saysRunning(text: string): boolean {
  const not = text.search(/[Nn][Oo][Tt] /);
  if (not !== -1 && lastRunning(text) >= not + 'not '.length) return false;
  return lastRunning(text) !== -1 || text.includes('OK');
}

/** Where the last "running" or "Running" begins; -1 when there is none. */
function lastRunning(text: string): number {
  return Math.max(text.lastIndexOf('running'), text.lastIndexOf('Running'));
}
