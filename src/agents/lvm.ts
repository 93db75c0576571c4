/** The built-in agent LVM: a volume group is active on one node at a time (spec resources 12). */
import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome } from '../haresources/types.ts';
import { type Result, fail, succeed } from '../result.ts';
import { type BuiltIn, type BuiltInCall, failed, hasSucceeded, wordsOf } from './built-in.ts';
import { activeVolumes } from './device-mapper.ts';
import type { ScriptEnd } from './run-script.ts';

/** As C: ten tries, one a second. */
const stopTries = 10;
const pauseMillis = 1_000;

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
  if (end.kind === 'not-started') return failed(`${end.why}: the package lvm2 is needed`, 5);
  if (!hasSucceeded(end)) return failed(`${group} cannot be activated: ${reasonOf(end)}`);
  const active = await activeVolumes(sys, group);
  if (!active.ok) return failed(active.reason);
  if (active.value.length === 0) return failed(`${group} has no volume that could be activated`);
  const now = await status(place, call);
  if (now.kind !== 'running') return now;
  call.log('info', `${group} is active: ${active.value.join(', ')}`);
  return { kind: 'done' };
}

async function stop({ group, sys }: Place, call: BuiltInCall): Promise<Outcome> {
  let why = 'it is active again';
  for (let tries = 0; ; tries += 1) {
    const active = await activeVolumes(sys, group);
    if (!active.ok) return failed(active.reason);
    if (active.value.length === 0) return { kind: 'done' };
    if (tries === stopTries || call.signal.aborted) {
      return failed(`${group} cannot be deactivated: ${why}; active: ${active.value.join(', ')}`);
    }
    if (tries > 0) await pause(call);
    const end = await call.run('vgchange', ['-an', '--', group]);
    if (end.kind === 'not-started') return failed(`${end.why}: the package lvm2 is needed`, 5);
    if (hasSucceeded(end)) continue;
    if (tries === 0) call.log('WARN', `${group} is not deactivated yet: ${reasonOf(end)}`);
    why = reasonOf(end);
  }
}

function pause({ signal }: BuiltInCall): Promise<void> {
  return wait(pauseMillis, undefined, { signal }).catch(() => undefined);
}

/** The first line that is not about something else than the failure. */
function reasonOf(end: ScriptEnd): string {
  if (end.kind !== 'exited') return wordsOf(end);
  const output = end.output
    .split('\n')
    .filter((line) => !/^\s*WARNING:/.test(line))
    .join('\n');
  return wordsOf({ ...end, output });
}
