#!/usr/bin/env node
/**
 * `heartbeat`: starts, stops and asks the daemon of this machine (spec config 9). What only some of its options need is loaded
 * by them: the starter runs beside the daemon, which has enough to load.
 */
import { fileURLToPath } from 'node:url';
import type { AskPeers } from '../daemon/check-config.ts';
import { type Answer, statusOf, stopDaemon } from '../daemon/control.ts';
import { ownName } from '../daemon/own-name.ts';
import { paths } from '../daemon/paths.ts';
import { announceDaemon, backgroundOption, lookAtPidFile } from '../daemon/pid-file.ts';
import { tryLock } from '../daemon/places.ts';
import { startInBackground } from '../daemon/start-in-background.ts';
import { versionText } from '../daemon/version.ts';
import { ownLanguage } from '../daemon/own-language.ts';
import { nodeName } from '../units.ts';
import { defaultsTable, defaultsWiki, meaningOf } from './defaults-table.ts';
import {
  type HeartbeatCommand,
  parseHeartbeatOptions,
  type StartOptions,
} from './heartbeat-options.ts';

const alreadyRunning = 1;
const notConfigured = 6;
const where = paths();

/** What `words` ask for, done; the answer is the exit status. */
async function main(words: readonly string[]): Promise<number> {
  const parsed = parseHeartbeatOptions(words);
  if (parsed.ok) return run(parsed.value, words);
  const { status, text } = parsed.reason;
  return tell(status === 0 ? { status, stdout: text } : { status, stderr: text });
}

const peers: AskPeers = async (nodes, storageHosts) => {
  const { askPeers } = await import('./ask-peers.ts');
  return askPeers(nodes, storageHosts, { configDir: where.configDir, language: ownLanguage() });
};

async function run(command: HeartbeatCommand, words: readonly string[]): Promise<number> {
  switch (command.kind) {
    case 'version':
      return tell({ status: 0, stdout: `${versionText}\n` });
    case 'defaults':
      return tell({ status: 0, stdout: command.wiki ? defaultsWiki() : defaultsTable() });
    case 'check': {
      const { checkConfig } = await import('../daemon/check-config.ts');
      const asked = command.peer ? peers : undefined;
      return tell(await checkConfig(where, command.start, command.form, asked));
    }
    case 'plan': {
      const { showPlan } = await import('../daemon/plan.ts');
      return tell(await showPlan(where, command.start, command.form));
    }
    case 'fence-test': {
      const { fenceTest } = await import('../daemon/fence-test.ts');
      return tell(await fenceTest(where, command.start, nodeName(command.node)));
    }
    case 'stop':
      return tell(await stopDaemon(where, (text) => process.stderr.write(text)));
    case 'status':
      return tell(await statusOf(where, await ownName(where.nodeInfo)));
    case 'restart-exec':
      return tell(await refuseRestartExec());
    case 'reload': {
      // In the background it is the daemon that -r starts because none runs; the pid file may be its own already.
      const { isBackground } = command.start;
      const { checkAndSignal } = await import('../daemon/check-and-signal.ts');
      const answer = isBackground ? undefined : await checkAndSignal(where, command.start);
      return answer === undefined ? start(command.start, words) : tell(answer);
    }
    case 'start':
      if (command.show) {
        const { describeConfig } = await import('../daemon/describe-config.ts');
        tell({ status: 0, stdout: await describeConfig(where, command.start, meaningOf) });
      }
      return start(command.start, words);
  }
}

/** The daemon itself when it stays in the foreground or is in the background already, else its starter. */
async function start(options: StartOptions, words: readonly string[]): Promise<number> {
  if (options.foreground || options.isBackground) {
    const { Daemon } = await import('../daemon/daemon.ts');
    return new Daemon(where, options).run();
  }
  return startInBackground({
    program: fileURLToPath(import.meta.url),
    words: [backgroundOption, ...words],
    onStarted: (pid) => void announceDaemon(where.pidFile, pid, tryLock),
  });
}

async function refuseRestartExec(): Promise<Answer> {
  const view = await lookAtPidFile(where.pidFile);
  return view.kind === 'running'
    ? {
        status: alreadyRunning,
        stderr: `ERROR: Heartbeat already running [pid ${String(view.pid)}].\n`,
      }
    : { status: notConfigured, stderr: 'ERROR: heartbeat is not running.\n' };
}

function tell({ status, stderr, stdout }: Answer): number {
  // Whoever reads may have gone (`heartbeat -D | head`): the answer is the exit status all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  if (stdout !== undefined) process.stdout.write(stdout);
  if (stderr !== undefined) process.stderr.write(stderr);
  return status;
}

process.exitCode = await main(process.argv.slice(2));
