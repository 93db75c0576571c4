/** What is wrong with what runs where, seen from outside. */
import type { Happening, Machine } from './machine.ts';

/** The machines at a moment. */
export interface Sight {
  readonly now: number;
  readonly machines: readonly Machine[];
  /** Since when all daemons are up, awake and hear each other. */
  readonly togetherSince: number | undefined;
}

const runsTwice = (machines: readonly Machine[], resource: string): boolean => {
  let runners = 0;
  for (const { running } of machines) if (running.has(resource)) runners += 1;
  return runners > 1;
};

/** A time in which two machines or more ran the same resource; `until` is Infinity as long as they do. */
export interface Double {
  readonly resource: string;
  readonly since: number;
  until: number;
}

/** Notes every time in which a resource runs twice. */
export class Doubles {
  readonly found: Double[] = [];
  readonly #open = new Map<string, Double>();
  readonly #resources: readonly string[];

  constructor(resources: readonly string[]) {
    this.#resources = resources;
  }

  look({ now, machines }: Sight): void {
    for (const resource of this.#resources) {
      const open = this.#open.get(resource);
      const isDouble = runsTwice(machines, resource);
      if (isDouble && open === undefined) this.#begin(resource, now);
      if (isDouble || open === undefined) continue;
      open.until = now;
      this.#open.delete(resource);
    }
  }

  #begin(resource: string, since: number): void {
    const double = { resource, since, until: Infinity };
    this.#open.set(resource, double);
    this.found.push(double);
  }
}

/** Nobody may start what another node knows to be running there, once all have heard each other for a second. */
export function crimeOf(sight: Sight, happening: Happening): string | undefined {
  if (happening.kind !== 'began' || happening.job.action !== 'start') return undefined;
  const { machine, job } = happening;
  const { now, togetherSince, machines } = sight;
  if (togetherSince === undefined || now - togetherSince < 1000) return undefined;
  for (const other of machines) {
    const belief = other === machine ? undefined : other.daemon?.belief(job.group);
    if (belief !== 'runs' && belief !== 'letting-go') continue;
    const where = `${belief} on ${other.name}`;
    return `${String(now)} ${machine.name} starts ${job.resource.text}: ${where}`;
  }
  return undefined;
}
