/** What runs on two machines at once, seen from outside. */
import type { Machine } from './machine.ts';

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

  look(machines: readonly Machine[], now: number): void {
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
