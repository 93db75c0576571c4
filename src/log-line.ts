/** A line for the log, as data: the level words are exactly those of the C daemon (spec config 8). */
export type Level = 'EMERG' | 'ALERT' | 'CRIT' | 'ERROR' | 'WARN' | 'notice' | 'info' | 'debug';

export interface LogLine {
  readonly level: Level;
  readonly text: string;
}
