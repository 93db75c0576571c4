/** The daemon on a machine that is in trouble, in namespaces of its own: root, and a build in dist/. */
import { describe, expect, test } from 'vitest';
import { ownHost } from './own-host.ts';

/** A host named node1, without its peer; `hb` is the command, and what is printed is what the test reads. */
const host = String.raw`
mkdir -p $HA_ROOT/etc/ha.d/resource.d $HA_ROOT/run $HA_ROOT/var/lib/heartbeat $HA_ROOT/var/log
printf 'logfile %s/var/log/ha-log\nkeepalive 200ms\ndeadtime 2\ninitdead 2\nbcast eth0\nauto_failback on\nnode node1\nnode node2\n' $HA_ROOT > $HA_ROOT/etc/ha.d/ha.cf
printf 'auth 1\n1 md5 key\n' > $HA_ROOT/etc/ha.d/authkeys; chmod 600 $HA_ROOT/etc/ha.d/authkeys
echo 'node1 IPaddr::172.16.100.1/16/eth0' > $HA_ROOT/etc/ha.d/haresources
until_log() { for i in $(seq 200); do log | grep -q "$1" && return; sleep 0.05; done; echo "not logged: $1"; }
cd $HA_ROOT
`;

const runs = ownHost(host);

/** What the script printed, line by line; its last command may fail. */
async function onHost(script: string): Promise<string[]> {
  return (await runs(`${script}\ntrue`)).trimEnd().split('\n');
}

describe('a full disk', () => {
  test('does not keep a node from starting with its next generation, and nothing is left lying about', async () => {
    expect(
      await onHost(String.raw`
        mount -t tmpfs -o size=64k tmpfs var/lib; mkdir -p var/lib/heartbeat/cores/root
        hb 2>/dev/null; hb -k; before=$(cat var/lib/heartbeat/hb_generation)
        head -c 100000 /dev/zero > var/lib/filler 2>/dev/null
        hb 2>/dev/null; echo "start $?"
        [ $(cat var/lib/heartbeat/hb_generation) -gt $before ] && echo greater; ls var/lib/heartbeat`),
    ).toEqual(['start 0', 'greater', 'cores', 'delhostcache', 'fifo', 'hb_generation', 'hb_uuid']);
  });

  test('is told by name and with status 1, which is no error of the configuration, where a file is to be made', async () => {
    expect(
      await onHost(String.raw`
        mount -t tmpfs -o size=64k,nr_inodes=6 tmpfs var/lib; cores=var/lib/heartbeat/cores
        mkdir -p $cores/root $cores/nobody $cores/hacluster
        hb 2>err; echo "start $?"; tail -1 err | sed "s,^.*\]: ,,; s,$HA_ROOT,,; s,\.[0-9]*:,.PID:,"`),
    ).toEqual([
      'start 1',
      'ERROR: Heartbeat not started: /var/lib/heartbeat/hb_generation.PID: No space left on device',
    ]);
  });
});

describe('a start', () => {
  test('under a strict umask is seen by every user', async () => {
    expect(
      await onHost(String.raw`
        chmod 755 . ; umask 077; hb 2>/dev/null
        setpriv --reuid 65534 --regid 65534 --clear-groups $NODE $PROGRAM -s | grep -c OK`),
    ).toEqual(['1']);
  });

  test('whose messages nobody reads ends with 0 all the same', async () => {
    expect(
      await onHost(String.raw`
        { sleep 0.1; hb 2>&1; echo "start $?" > status; } | true; cat status; hb -s | grep -c OK`),
    ).toEqual(['start 0', '1']);
  });
});

describe('a thread that hangs in the kernel', () => {
  test('as at a disk that does not answer, does not keep the daemon from ending', async () => {
    // Nobody writes to this FIFO, so opening it does not come back.
    expect(
      await onHost(String.raw`
        mkfifo hangs; echo 'import { open } from "node:fs"; open("hangs", "r", () => {});' > hang.mjs
        $NODE --import ./hang.mjs $PROGRAM -f 2>/dev/null & until_log "'active'"
        daemon=$(pid); timeout 20 $NODE $PROGRAM -k; echo "stop $?"
        [ -e /proc/$daemon ] || echo gone`),
    ).toEqual(['stop 0', 'gone']);
  });
});

describe('nonsense in the FIFO', () => {
  test('does not fill the log', async () => {
    expect(
      await onHost(String.raw`
        hb 2>/dev/null; until_log "'active'"
        for i in $(seq 2000); do printf '>>>\nx\n'; done > var/lib/heartbeat/fifo
        printf '>>>\nt=hb_takeover\nrsc_hold=nonsense\n<<<\n' > var/lib/heartbeat/fifo; until_log 'hb_takeover refused'
        [ $(log | grep -c 'no equals sign') -le 3 ] && echo few`),
    ).toEqual(['few']);
  });
});

describe('a script that a killed daemon left at work', () => {
  test('comes to its end before the next daemon begins anything', async () => {
    expect(
      await onHost(String.raw`
        printf '#!/bin/sh\n[ "$1" = start ] || exit 0\ncd %s\necho begins >> trace\nuntil [ -e go ]; do sleep 0.05; done\necho ends >> trace\n' $HA_ROOT > etc/ha.d/resource.d/slow
        chmod 755 etc/ha.d/resource.d/slow; echo 'node1 slow' > etc/ha.d/haresources
        hb 2>/dev/null; until grep -qs begins trace; do sleep 0.05; done
        kill -9 $(pid); hb 2>/dev/null & until_log 'slow start .* was begun by a heartbeat that was killed'
        cat trace; touch go; wait; until_log 'resource acquisition complete'; cat trace`),
    ).toEqual(['begins', 'begins', 'ends', 'begins', 'ends']);
  });
});
