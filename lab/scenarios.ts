/** The scenarios by their names. */
import { mysql } from './mysql.ts';
import { nfs } from './nfs.ts';
import type { LabOptions, ScenarioName } from './options.ts';
import type { Scenario } from './scenario.ts';
import { web } from './web.ts';

const scenarios: Readonly<Record<ScenarioName, Scenario>> = { web, nfs, mysql };

/** What the pair of a lab with these options serves. */
export function scenarioOf(options: Pick<LabOptions, 'scenario'>): Scenario {
  return scenarios[options.scenario];
}
