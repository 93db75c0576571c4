/**
 * `BasicSanityCheck` of Debian's package `heartbeat`, with our daemon in the place of the C one; everything else of the package stays:
 * its init script, `cl_status`, `ccm`, `ipfail`, agents (spec client-api 15). `SANITY_OF=c` runs it with the C daemon instead, which is
 * how the reference below was made.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHosts, type Hosts } from '../../lab/hosts.ts';
import { implementation } from '../../lab/implementation.ts';
import { projectRoot } from '../../lab/project.ts';
import { exitCode } from './pair.ts';

const program = process.env['SANITY_OF'] === 'c' ? 'c' : 'ours';

/** What is complained of with the C daemon too: faults of the package's own programs, and what a container cannot do. */
const reference: readonly RegExp[] = [
  /^ERROR: Filesystem RA failed$/,
  /^Looks like monitor operation failed$/,
  /^NULL reset failed\.$/,
  /^Performing apphbd (success|failure) case tests$/,
  /apphb/,
  /^ERROR: Did not find \[\d+:\d*\] occurances of (type=setint|'failtest'|WARN:\.\*hangup)/,
  /^ERROR: Found \d+ instead\.$/,
  /GLib-CRITICAL/,
  /Cannot lock ourselves into memory/,
  /^\d+ errors\. Log file is stored in/,
  /^OOPS! Looks like we had some errors come up\.$/,
];

/*
 * The check looks for binaries in /usr/lib/heartbeat, where today's package no longer has them all, and writes to /tmp: both
 * are private to it. A clone that lives in /tmp stays where it is.
 */
const script = `set -eu
modules=$(realpath "$1/node_modules")
mkdir -p /run/project /run/modules /run/lib /run/libexec
mount --bind "$1" /run/project
mount --bind "$modules" /run/modules
cp -a /usr/lib/heartbeat/. /usr/libexec/heartbeat/. /run/lib
cp -a /usr/libexec/heartbeat/. /run/libexec
if [ "$3" = ours ]; then
  printf '#!/bin/sh\\nexec "%s" "%s/dist/cli/heartbeat.js" "$@"\\n' "$2" "$1" >/run/libexec/heartbeat
  cp -a /run/libexec/heartbeat /run/lib/heartbeat
fi
mount --bind /run/lib /usr/lib/heartbeat
mount --bind /run/libexec /usr/libexec/heartbeat
mount -t tmpfs tmpfs /tmp
[ -d "$1" ] || { mkdir -p "$1" && mount --bind /run/project "$1"; }
[ -d "$modules" ] || { mkdir -p "$modules" && mount --bind /run/modules "$modules"; }
ip route add default via 172.16.200.1
exec /usr/share/heartbeat/BasicSanityCheck </dev/null 2>&1`;

describe(`BasicSanityCheck with ${program}`, () => {
  let hosts: Hosts;
  beforeAll(async () => {
    const { copies } = implementation('c');
    hosts = await createHosts({
      nodes: [{ name: 'sanity1', addresses: ['172.16.100.6/16'], copies }],
    });
  });
  afterAll(async () => {
    await hosts.down();
  });

  test('finds nothing that it does not find with the C daemon', async () => {
    const host = hosts.host('sanity1');
    await implementation('c').prepare(host);
    const words = ['--mount', 'sh', '-c', script, 'sh', projectRoot, process.execPath, program];
    const outcome = await host.run('unshare', words, { timeout: 170_000 });

    expect(exitCode(outcome)).toEqual(expect.any(Number));
    const lines = outcome.kind === 'exited' ? outcome.output.split('\n') : [];
    expect(lines).toContain('Starting heartbeat');
    expect(lines.filter((line) => line === 'Reloading heartbeat')).toHaveLength(2);
    expect(lines).toContain('Stopping heartbeat');
    const complaints = lines.filter((line) => /ERROR|CRIT|fail|look|not found|core/i.test(line));
    const ofOurs = complaints.filter((line) => !reference.some((known) => known.test(line)));
    expect(ofOurs).toEqual([]);
  });
});
