/** The built-in agent LVM: a volume group is active on one node at a time (spec resources 12). */
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed, hasSucceeded } from './built-in.ts';
import { activeVolumes } from './device-mapper.ts';
import { reasonOf, stopInTries, withoutTools } from './stop-in-tries.ts';

const tools = 'lvm2';

/**
 * `LVM::group`. It is running when all of its volumes are active, and stopped when none is. What is active is asked of the kernel, so that
 * neither a status nor a stop needs the tools or the disks where nothing is active; C fails both without the tools.
 */
export const lvm: BuiltIn = lvmBeside('/sys');

/** The same with the kernel's devices in another place than `/sys`. */
export function lvmBeside(sys: string): BuiltIn {
  return (args) => {
    const group = parseGroup(args);
    if (!group.ok) return group;
    const place = { group: group.value, sys };
    return succeed({
      start: (call) => start(place, call),
      stop: (call) => stop(place, call),
      status: (call) => status(place, call),
    });
  };
}

interface Place {
  readonly group: string;
  readonly sys: string;
}

/** The name of the volume group, without the `/dev/` that LVM's own tools allow before it. */
function parseGroup([word = '', ...more]: readonly string[]): Result<string, string> {
  const group = word.replace(/^\/dev\//, '');
  if (!/^[\w+.][\w+.-]{0,126}$/.test(group) || group === '.' || group === '..') {
    return fail(`"${word}" is not the name of a volume group, as in LVM::vg0`);
  }
  return more.length === 0 ? succeed(group) : fail('one argument, as in LVM::vg0');
}

async function status({ group, sys }: Place, call: BuiltInCall): Promise<Outcome> {
  const active = await activeVolumes(sys, group);
  if (!active.ok) return failed(active.reason);
  if (active.value.length === 0) return { kind: 'stopped' };
  const missing = await inactiveVolumes(group, call);
  if (!missing.ok) return failed(missing.reason);
  if (missing.value.length === 0) return { kind: 'running' };
  return failed(`only a part of ${group} is active, not ${missing.value.join(', ')}`);
}

/** The volumes that `vgchange -ay` would make active; not those that are set to be skipped, as snapshots of thin volumes are. */
async function inactiveVolumes(
  group: string,
  call: BuiltInCall,
): Promise<Result<readonly string[], string>> {
  const columns = 'lv_name,lv_active,lv_skip_activation';
  const shape = ['--noheadings', '--separator', ':', '-o', columns, '--', group];
  const end = await call.run('lvs', shape);
  if (!hasSucceeded(end) || end.kind !== 'exited') return fail(`lvs: ${reasonOf(end)}`);
  const rows = end.output.split('\n').map((line) => line.trim().split(':'));
  const idle = rows.filter(
    ([, active, skipped]) => active !== undefined && active !== 'active' && skipped === '',
  );
  return succeed(idle.map(([name = '']) => name));
}

async function start(place: Place, call: BuiltInCall): Promise<Outcome> {
  const { group, sys } = place;
  let end = await call.run('vgchange', ['-ay', '--', group]);
  if (end.kind === 'exited' && end.code !== 0) {
    // The disks of the other node may have come into sight since the last look.
    await call.run('vgscan', []);
    end = await call.run('vgchange', ['-ay', '--', group]);
  }
  if (end.kind === 'not-started') return withoutTools(end.why, tools);
  if (!hasSucceeded(end)) return failed(`${group} cannot be activated: ${reasonOf(end)}`);
  const active = await activeVolumes(sys, group);
  if (!active.ok) return failed(active.reason);
  if (active.value.length === 0) return failed(`${group} has no volume that could be activated`);
  const now = await status(place, call);
  if (now.kind !== 'running') return now;
  call.log('info', `${group} is active: ${active.value.join(', ')}`);
  return { kind: 'done' };
}

function stop({ group, sys }: Place, call: BuiltInCall): Promise<Outcome> {
  return stopInTries(
    {
      name: group,
      look: () => activeVolumes(sys, group),
      act: () => call.run('vgchange', ['-an', '--', group]),
      tools,
    },
    call,
  );
}
