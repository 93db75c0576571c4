/** The command as it is installed, in namespaces of its own: root, and a build in dist/. */
import { describe, expect, test } from 'vitest';
import { ownHost } from './own-host.ts';

/** A host named node1 with the tutorial's files; `hb` is the command, and what `say` prints is what the test reads. */
const host = String.raw`
mkdir -p $HA_ROOT/etc/ha.d/resource.d $HA_ROOT/run $HA_ROOT/var/lib $HA_ROOT/var/log
printf 'logfile %s/var/log/ha-log\nkeepalive 200ms\ndeadtime 2\ninitdead 10\nbcast eth0\nauto_failback on\nnode node1\nnode node2\n' $HA_ROOT > $HA_ROOT/etc/ha.d/ha.cf
printf 'auth 1\n1 md5 key\n' > $HA_ROOT/etc/ha.d/authkeys; chmod 600 $HA_ROOT/etc/ha.d/authkeys
echo 'node1 IPaddr::172.16.100.1/16/eth0' > $HA_ROOT/etc/ha.d/haresources
say() { echo "$@"; }
cd $HA_ROOT
`;

const runs = ownHost(host);

async function onHost(script: string): Promise<string[]> {
  return (await runs(script)).trimEnd().split('\n');
}

describe('heartbeat', () => {
  test('starts in the background, is found, and leaves nothing behind when it is stopped', async () => {
    expect(
      await onHost(`
        hb -s; say "status $?"
        hb 2>/dev/null; say "start $?"
        hb -s | sed 's/pid [0-9]*/pid N/'
        hb 2>&1 | grep -o 'already running'; say "again $(hb 2>/dev/null; echo $?)"
        hb -k; say "stop $?"
        hb -s; say "status $?"
        hb -k 2>&1; say "stop $?"
        ls run | grep -c pid
        log | tail -1`),
    ).toEqual([
      'heartbeat is stopped. No process',
      'status 3',
      'start 0',
      'heartbeat OK [pid N et al] is running on node1 [node1]...',
      'already running',
      'again 0',
      'stop 0',
      'heartbeat is stopped. No process',
      'status 3',
      'INFO: Heartbeat already stopped.',
      'stop 0',
      '0',
      'info: node1 Heartbeat shutdown complete.',
    ]);
  });

  test('has let go of its starter: own session, own directory, nothing but /dev/null on its first descriptors', async () => {
    expect(
      await onHost(`
        hb 2>/dev/null
        ps -o sid= -p $(pid) | grep -qw $(pid) && say 'own session'
        for fd in 0 1 2; do readlink /proc/$(pid)/fd/$fd; done
        readlink /proc/$(pid)/cwd | sed "s,$HA_ROOT,,"
        tr '\\0' '\\n' < /proc/$(pid)/cmdline | head -1
        say "pid file $(stat -c %s run/heartbeat.pid)"`),
    ).toEqual([
      'own session',
      '/dev/null',
      '/dev/null',
      '/dev/null',
      '/var/lib/heartbeat/cores/root',
      'heartbeat: master control process',
      'pid file 11',
    ]);
  });

  test('is one daemon when it is started twice at once', async () => {
    expect(
      await onHost(`
        hb 2>out1 & hb 2>out2 & wait
        cat out1 out2 | grep -c 'already running'
        pgrep -fc '^heartbeat: master'`),
    ).toEqual(['1', '1']);
  });

  test('is stopped also when it has not come to its pid file yet', async () => {
    expect(
      await onHost(`
        hb 2>/dev/null & starter=$!
        until [ -s run/heartbeat.pid ]; do :; done
        hb -k; say "stop $?"
        wait $starter; hb -s; say "status $?"`),
    ).toEqual([
      'stop 0',
      'heartbeat is stopped. No process',
      expect.stringMatching(/^status [13]$/),
    ]);
  });

  test('starts over a pid file that a killed daemon left, with the next generation', async () => {
    expect(
      await onHost(`
        hb 2>/dev/null; before=$(cat var/lib/heartbeat/hb_generation)
        kill -9 $(pid); sleep 0.2
        hb -s; say "status $?"
        hb 2>/dev/null; say "start $?"
        [ $(cat var/lib/heartbeat/hb_generation) -gt $before ] && say greater`),
    ).toEqual(['heartbeat is stopped. No process', 'status 1', 'start 0', 'greater']);
  });

  test('ends with 6 and the reason when a medium cannot be opened, and nothing is left running', async () => {
    const program694 = `import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 694)); print("bound", flush=True); time.sleep(60)`;

    expect(
      await onHost(`
        coproc python3 -c '${program694}'; read bound <&\${COPROC[0]}
        hb 2>err; say "start $?"
        grep -o 'cannot open bcast eth0: .*' err
        ls run | grep -c pid; pgrep -fc '^heartbeat: master'; true`),
    ).toEqual(['start 6', 'cannot open bcast eth0: Address already in use', '0', '0']);
  });

  test('ends with 6 and every error at once when the files are wrong', async () => {
    expect(
      await onHost(`
        echo 'bogus 1' >> etc/ha.d/ha.cf; chmod 644 etc/ha.d/authkeys
        hb 2>err; say "start $?"
        grep -o 'ERROR: Illegal directive .bogus.' err
        grep -o 'ha.cf:9:1: error: no directive' err
        grep -o 'authkeys:1:1: error: its mode is 644' err
        tail -1 err | sed 's/^.*\\]: //'`),
    ).toEqual([
      'start 6',
      'ERROR: Illegal directive [bogus]',
      'ha.cf:9:1: error: no directive',
      'authkeys:1:1: error: its mode is 644',
      'ERROR: Configuration error, heartbeat not started.',
    ]);
  });

  test('stays in the foreground when it is told to, logs to stderr, and leaves in order at Ctrl-C', async () => {
    expect(
      await onHost(`
        hb -f 2>err & starter=$!
        until grep -q "'up'" err; do sleep 0.05; done
        kill -INT $(pid); wait $starter; say "end $?"
        tail -1 err | sed 's/^.*\\]: //'`),
    ).toEqual(['end 0', 'info: node1 Heartbeat shutdown complete.']);
  });

  test('follows USR1, USR2 and HUP, and takes a second TERM for the first', async () => {
    expect(
      await onHost(`
        sed -i 's/initdead 10/initdead 2/' etc/ha.d/ha.cf
        hb 2>/dev/null; until log | grep -q "'active'"; do sleep 0.05; done
        kill -USR1 $(pid); sleep 0.3; kill -HUP $(pid); sleep 0.5; kill -USR2 $(pid); sleep 0.3
        daemon=$(pid); kill $daemon; sleep 0.1; kill $daemon
        tail --pid=$daemon -f /dev/null
        log | grep -E 'version|unchanged|underway' | tail -3`),
    ).toEqual([
      'info: heartbeat: version 3.0.6',
      'info: Configuration unchanged.',
      'info: Heartbeat shutdown already underway.',
    ]);
  });
});
