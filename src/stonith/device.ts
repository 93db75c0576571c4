/** What every fencing device can do, and what the devices are made of. */
import type { ScriptEnd } from '../agents/run-script.ts';
import type { AttemptOutcome } from '../fencing/types.ts';
import type { LogLine } from '../log-line.ts';
import type { Millis, NodeName } from '../units.ts';

/** A device of one type with its parameters. Nothing here rejects; everything ends when `signal` aborts. */
export interface Device {
  /** What the device calls itself, in one line; its type when it does not say. */
  readonly id: (signal: AbortSignal) => Promise<string>;
  readonly reset: (node: NodeName, signal: AbortSignal) => Promise<AttemptOutcome>;
  /** Undefined when it is operational, else why it is not. Changes nothing. */
  readonly status: (signal: AbortSignal) => Promise<string | undefined>;
  /** The hosts that it controls, lower case; undefined when it takes any, or does not say. */
  readonly hosts: (signal: AbortSignal) => Promise<readonly string[] | undefined>;
  /** A reset waits for the operator's answer by itself. */
  readonly asksOperator?: true;
}

/** Where plug-ins and programs are looked for, each list in the order of preference. */
export interface StonithPlaces {
  /** Directories of the scripts of `external/NAME`. */
  readonly external: readonly string[];
  /** Directories of the scripts of `rhcs/NAME`. */
  readonly rhcs: readonly string[];
  /** The program `stonith` of cluster-glue. */
  readonly command: readonly string[];
  /** Directories of the programs `fence_NAME`. */
  readonly fenceAgents: readonly string[];
  /** Where `meatware.NODE` is made. */
  readonly fifos: string;
}

/** How programs of devices are run. */
export interface DeviceSurroundings {
  /** The whole environment but for what a device adds. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  /** For a reset, or a status. */
  readonly limit: Millis;
  readonly places: StonithPlaces;
  readonly log: (line: LogLine) => void;
}

/** Parameters by name. */
export type Parameters = ReadonlyMap<string, string>;

/** Why a call did not end well; undefined when it exited 0. */
export function faultOf(end: ScriptEnd, limit: Millis): string | undefined {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? undefined : `exit code ${String(end.code)}`;
    case 'killed':
      return `ended by ${end.by}`;
    case 'timed-out':
      return `killed, it took longer than ${String(limit / 1000)} s`;
    case 'cancelled':
      return 'cancelled';
    case 'not-started':
      return end.why;
  }
}

/** The words of a host list: blanks and commas separate. */
export const hostsIn = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '');

/** The lines of a program's output, without empty ones. */
export const linesOf = (output: string): readonly string[] =>
  output.split('\n').filter((line) => line.trim() !== '');
