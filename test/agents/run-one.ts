/** One built-in agent by itself, with the test's own programs before those of the machine. */
import { type BuiltInOptions, runBuiltIn } from '../../src/agents/run-built-in.ts';
import type { BuiltIn } from '../../src/agents/built-in.ts';
import type { ScriptAction } from '../../src/agents/run-script.ts';
import type { Outcome } from '../../src/haresources/types.ts';
import { seconds } from '../../src/units.ts';
import { environment } from './run-built-in.ts';

export interface OneAgent {
  /** `LEVEL: text` of each line. */
  readonly lines: readonly string[];
  /** `start`, and `LVM::vg0` as written in haresources. */
  readonly run: (action: ScriptAction, resource: string) => Promise<Outcome>;
}

/** `bin` is a directory of programs. */
export function oneAgent(
  builtIn: BuiltIn,
  bin: string,
  change: Partial<BuiltInOptions> = {},
): OneAgent {
  const lines: string[] = [];
  const options: BuiltInOptions = {
    environment: { ...environment, PATH: `${bin}:${environment.PATH}` },
    directory: '/',
    limits: { start: seconds(15), stop: seconds(15), status: seconds(15), probe: seconds(15) },
    log: ({ level, text }) => void lines.push(`${level}: ${text}`),
    ...change,
  };
  const run: OneAgent['run'] = (action, text) => {
    const [agent = '', ...args] = text.split('::');
    return runBuiltIn(builtIn, options, { resource: { agent, args }, action }, undefined);
  };
  return { lines, run };
}
