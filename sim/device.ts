/** The fencing device of every machine: resets another one, or does not. */
import type { AttemptOutcome } from '../src/fencing/types.ts';
import type { Agenda } from './agenda.ts';
import type { Machine } from './machine.ts';

/** What becomes of a reset; left out, it cuts the power after 100 ms and says so. */
export interface ResetScript {
  readonly outcome?: AttemptOutcome;
  /** Whether the power is cut; left out, when the outcome is good. */
  readonly works?: boolean;
  /** `never`: it hangs until it is killed. */
  readonly takes?: number | 'never';
}

interface World {
  readonly agenda: Agenda;
  readonly powerOff: (node: string) => void;
}

export class ResetDevice {
  /** By `node resets node`. */
  readonly scripts: Map<string, ResetScript> = new Map<string, ResetScript>();
  /** `node resets node` in the order in which they began. */
  readonly resets: string[] = [];
  readonly #world: World;
  /** How often, by `node resets node`. */
  readonly #cancelled = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Begins an attempt of this machine; `tell` takes its outcome, unless the machine is lost meanwhile. */
  reset(machine: Machine, node: string, tell: (outcome: AttemptOutcome) => void): void {
    const call = `${machine.name} resets ${node}`;
    this.resets.push(call);
    const { boots, life } = machine;
    const script = this.scripts.get(call) ?? {};
    const outcome = script.outcome ?? { kind: 'ok' };
    const cancelled = this.#cancelled.get(call);
    if (script.takes === 'never') return;
    this.#world.agenda.add(script.takes ?? 100, () => {
      if (machine.boots !== boots || this.#cancelled.get(call) !== cancelled) return;
      if (script.works ?? outcome.kind === 'ok') this.#world.powerOff(node);
      if (machine.life === life) tell(outcome);
    });
  }

  /** What this machine has going on against that node is killed before it does anything. */
  cancel(machine: Machine, node: string): void {
    const call = `${machine.name} resets ${node}`;
    this.#cancelled.set(call, (this.#cancelled.get(call) ?? 0) + 1);
  }
}
