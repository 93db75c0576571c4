/** The daemon's life: check, take the pid file, open what it needs, be a node, leave (spec config 10, membership 1.1 and 5.1). */
import { assert } from '../assert.ts';
import type { AuthKeys, ResourceGroup, Settings } from '../config/settings.ts';
import type { Kept } from '../haresources/types.ts';
import type { NodeSettings } from '../heartbeat/effects.ts';
import type { LogLine } from '../log-line.ts';
import { endProcess } from '../native/process-end.ts';
import { setRealtimePriority } from '../native/scheduling.ts';
import { keepDescriptorsToOurselves } from '../native/descriptors.ts';
import { sendUnixDatagram } from '../native/unix-datagram.ts';
import { clusterOwner, giveLogFiles, makeDirectories } from './directories.ts';
import { outlastScripts } from './left-scripts.ts';
import { stderrIsJournal } from './journal.ts';
import { settledWithin } from './limited.ts';
import { type Loaded, loadConfig, type LoadOptions } from './load-config.ts';
import type { Log } from './log.ts';
import { lostGroups } from './lost-groups.ts';
import { type NodeRooms, openRooms } from './node-rooms.ts';
import { failfastWords, ownMachine, stopFailureHere } from './own-machine.ts';
import type { Paths } from './paths.ts';
import { daemonTitle, type PidFile, type PidFileRefusal, takePidFile } from './pid-file.ts';
import { bareAgentPlaces, tryLock } from './places.ts';
import { problemLines, refusalLines } from './problem-lines.ts';
import { processLog } from './process-log.ts';
import { Realtime } from './realtime.ts';
import { reload } from './reload.ts';
import type { RunningNode } from './running-node.ts';
import { tellServiceManager } from './service-manager.ts';
import { followSignals } from './signals.ts';
import { type NodeName, seconds } from '../units.ts';
import { nextGeneration, ownUuid } from './state-files.ts';
import { TextQueue, writeToDescriptor } from './text-queue.ts';
import { tellStarter } from './tell-starter.ts';
import { PacketLoss } from './test-code.ts';
import { heartbeatVersion } from './version.ts';
import { errorCode, stackOf, whatFailed } from './why.ts';

export interface DaemonOptions extends LoadOptions {
  /** A person or a service manager reads stderr. */
  readonly foreground: boolean;
  /** Another process waits to hear that the daemon is up. */
  readonly isBackground: boolean;
}

/** How a start ends that brought up nothing (spec config 3 and 9). */
const notConfigured = 6;
const notPermitted = 4;
/** A bug of ours, or something that may be better at the next try: a full disk, no descriptors left. */
const failedStatus = 1;
const forbidding: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS']);
/** A disk that hangs, or a reader of stderr that does not read, must not keep a daemon from ending. */
const lastWordsMillis = 1000;
const farewellMillis = 5000;
const stderrDescriptor = 2;
/** Less than a service manager waits for the word that we are up. */
const scriptsLimit = seconds(60);

/** Something that keeps the daemon from starting, already logged; the process ends with `status`. */
class StartRefused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`not started (${String(status)})`);
    this.status = status;
  }
}

export class Daemon {
  readonly #where: Paths;
  readonly #options: DaemonOptions;
  readonly #console = new TextQueue(writeToDescriptor(stderrDescriptor));
  readonly #log: Log;
  /** Ends FIFO and API socket of the life that the node has now. */
  #controller = new AbortController();
  /** The identity and the settings of that life. */
  #life: NodeSettings | undefined;
  /** What the next life is to have, when a restart is on its way. */
  #nextSettings: Settings | undefined;
  /** The files that the life before was made of, for the way back. */
  #timesBefore: Loaded['times'] | undefined;
  #pidFile: PidFile | undefined;
  #rooms: NodeRooms | undefined;
  #times: Loaded['times'] | undefined;
  /** HUPs not yet done with: one that comes while the files are read asks for another look, and no more than one. */
  #reloads = 0;
  /** TERM came: once is enough, and one that comes before the node is there is remembered. */
  #isLeaving = false;
  /** A resource could not be stopped: the other node is to reset this machine. */
  #isSilent = false;
  #isRebooting = false;
  #end: (status: number) => void = () => undefined;
  readonly #loss: PacketLoss;
  readonly #realtime = new Realtime({
    setPriority: setRealtimePriority,
    busyTime: () => performance.eventLoopUtilization().active,
    every: (millis, then) => {
      const timer = setInterval(then, millis).unref();
      return () => {
        clearInterval(timer);
      };
    },
    log: (line) => {
      this.#log.write(line);
    },
  });

  constructor(where: Paths, options: DaemonOptions) {
    this.#where = where;
    this.#options = options;
    this.#log = processLog({
      program: 'heartbeat',
      where,
      console: (line) => {
        this.#console.append(line);
      },
    });
    this.#loss = new PacketLoss({
      path: where.onlyForTesting,
      log: (line) => {
        this.#log.write(line);
      },
      random: Math.random,
    });
  }

  /** Ends the process with its exit status when the node has left the cluster or could not be started. */
  async run(): Promise<never> {
    process.title = daemonTitle;
    this.#followEverything();
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    await keepDescriptorsToOurselves();
    const refused = await this.#start();
    const status = refused ?? (await ended);
    await settledWithin(farewellMillis, Promise.all([this.#log.close(), this.#console.flush()]));
    // Whatever script of an agent is still on its way goes on without us.
    endProcess(status);
  }

  /** Undefined when the node is up, else the exit status. */
  async #start(): Promise<number | undefined> {
    try {
      await this.#startOrThrow();
      return undefined;
    } catch (error) {
      this.#controller.abort();
      await this.#pidFile?.release();
      return error instanceof StartRefused ? error.status : this.#tellNotStarted(error);
    }
  }

  /** The system refused something; without its code it is a bug of ours, which is told with its stack. */
  #tellNotStarted(error: unknown): number {
    const code = errorCode(error);
    this.#say(
      'ERROR',
      `Heartbeat not started: ${code === undefined ? stackOf(error) : whatFailed(error)}`,
    );
    return code !== undefined && forbidding.has(code) ? notPermitted : failedStatus;
  }

  async #startOrThrow(): Promise<void> {
    // Before anything is read: from here on `-k` finds a daemon. What the files say comes first all the same, as in C.
    const taken = await takePidFile(this.#where.pidFile, tryLock);
    if (taken.ok) this.#pidFile = taken.value;
    const { self, settings, times } = await this.#configure();
    this.#times = times;
    if (!taken.ok) this.#refusePidFile(taken.reason);
    await this.#prepareDirectories(settings);
    await this.#loss.read();
    await outlastScripts(scriptsLimit, (level, text) => {
      this.#say(level, text);
    });
    this.#say('info', `heartbeat: version ${heartbeatVersion}`);
    const life = await this.#newLife(settings, self);
    await this.#openRooms(life);
    await this.#tellThatUp();
  }

  /** The generation of this life is on the disk when it begins. */
  async #newLife(settings: Settings, self: NodeName): Promise<NodeSettings> {
    const { generationFrom: from } = settings.haCf;
    const wall = Math.floor(Date.now() / 1000);
    const generation = await nextGeneration({ path: this.#where.generation, from, wall });
    const uuid = await ownUuid(this.#where.uuid);
    for (const line of [...generation.lines, ...uuid.lines]) this.#log.write(line);
    const seed = wall ^ process.pid;
    const stopFailure = await stopFailureHere(settings.extensions.stopFailure, ownMachine);
    return { settings, self, seed, stopFailure, uuid: uuid.value, generation: generation.value };
  }

  /** Reads the files and tells everything that is wrong with them, at once. */
  async #configure(): Promise<Loaded & { settings: Settings }> {
    const loaded = await this.#load();
    const { debug, logging, problems, settings } = loaded;
    this.#log.debugLevel = debug;
    if (logging !== undefined) this.#log.setTargets(logging);
    if (settings === undefined) return this.#refuse(loaded);
    for (const line of problemLines(problems)) this.#log.write(line);
    this.#say('info', '*'.repeat(26));
    this.#say('info', `Configuration validated. Starting heartbeat ${heartbeatVersion}`);
    return { ...loaded, settings };
  }

  async #refuse(loaded: Loaded): Promise<never> {
    for (const line of await refusalLines(this.#where, loaded)) this.#log.write(line);
    throw new StartRefused(loaded.isForbidden ? notPermitted : notConfigured);
  }

  async #load(): Promise<Loaded> {
    return loadConfig(this.#where, await bareAgentPlaces(this.#where), this.#options);
  }

  #refusePidFile(reason: PidFileRefusal): never {
    if (reason.kind === 'running') {
      this.#say('info', `heartbeat: already running [pid ${String(reason.pid)}].`);
      throw new StartRefused(0);
    }
    this.#say('ERROR', `Cannot write ${this.#where.pidFile}: ${reason.why}`);
    throw new StartRefused(notPermitted);
  }

  /** The log files get the umask of whoever starts us, and belong to hacluster; all that is made later is 022 (as in C). */
  async #prepareDirectories({ haCf }: Settings): Promise<void> {
    const owner = await clusterOwner();
    await settledWithin(lastWordsMillis, this.#log.flush());
    const { debugfile, logfile } = haCf.logging;
    if (owner !== undefined) {
      await giveLogFiles(this.#where, [logfile, debugfile], owner, (why) => {
        this.#say('WARN', `change_logfile_ownership: failed to chown logfile: ${why}`);
      });
    }
    process.umask(0o022);
    await makeDirectories(this.#where, owner);
    process.chdir(this.#where.coreDir);
  }

  async #openRooms(node: NodeSettings): Promise<void> {
    const opened = await openRooms({
      node,
      where: this.#where,
      log: this.#log,
      loss: this.#loss,
      signal: this.#controller.signal,
      onRestart: (kept) => {
        void this.#restart(kept);
      },
      onCannotStop: (how) => {
        if (how === 'fence') this.#fallSilent();
        else void this.#reboot();
      },
      onFailfast: (words) => {
        void this.#failfast(words);
      },
      onExit: () => {
        void this.#leave(node.self);
      },
      onThrow: (error) => {
        void this.#lastResort(error);
      },
    });
    if (!opened.ok) {
      for (const line of opened.reason) this.#log.write(line);
      if (this.#life === undefined) {
        this.#say('ERROR', 'Configuration error, heartbeat not started.');
      }
      throw new StartRefused(notConfigured);
    }
    this.#rooms = opened.value;
    this.#life = node;
    this.#realtime.use(node.settings.haCf.realtimePriority);
    opened.value.node.start();
    if (this.#isLeaving) opened.value.node.leave();
  }

  async #tellThatUp(): Promise<void> {
    tellServiceManager('up', sendUnixDatagram);
    if (this.#options.isBackground) {
      this.#log.closeConsole();
      await this.#console.flush();
      await tellStarter();
    } else if (stderrIsJournal() && this.#log.reachesSyslog) {
      // stderr and /dev/log both end in the journal: each line once is enough.
      this.#log.closeConsole();
    }
  }

  #followEverything(): void {
    const hooks = {
      stop: () => {
        this.#stop();
      },
      reload: () => {
        void this.#loss.read().then(() => this.#reload());
      },
      changeDebug: (by: 1 | -1) => {
        this.#log.debugLevel += by;
        return this.#log.debugLevel;
      },
      log: (line: LogLine) => {
        this.#log.write(line);
      },
      logAlways: (line: LogLine) => {
        this.#log.writeAlways(line);
      },
    };
    followSignals(hooks, this.#options.foreground);
    const lastResort = (error: unknown): void => void this.#lastResort(error);
    process.on('uncaughtException', lastResort);
    process.on('unhandledRejection', lastResort);
  }

  #stop(): void {
    if (this.#isSilent) {
      this.#end(failedStatus);
      return;
    }
    if (this.#isLeaving) {
      this.#say('info', 'Heartbeat shutdown already underway.');
      return;
    }
    this.#isLeaving = true;
    this.#say('info', `Heartbeat shutdown in progress. (${String(process.pid)})`);
    tellServiceManager('leaving', sendUnixDatagram);
    this.#rooms?.node.leave();
  }

  async #reload(): Promise<void> {
    const { node } = this.#rooms ?? {};
    if (node === undefined) return;
    this.#reloads = Math.min(this.#reloads + 1, 2);
    if (this.#reloads > 1) return;
    for (; this.#reloads > 0; this.#reloads -= 1) await this.#reloadOnce(node);
  }

  async #reloadOnce(node: RunningNode): Promise<void> {
    if (this.#times === undefined) return;
    this.#times = await reload(this.#times, {
      where: this.#where,
      load: () => this.#load(),
      useKeys: (keys, acceptCrc) => {
        node.setKeys(keys, acceptCrc);
        this.#rememberKeys(keys, acceptCrc);
      },
      useGroups: (groups) => this.#useGroups(node, groups),
      restart: ({ settings }) => this.#wantRestart(settings),
      log: (line) => {
        this.#log.write(line);
      },
    });
  }

  /** What the next life begins with, when it cannot begin with new files. */
  #rememberKeys(authKeys: AuthKeys, acceptCrc: boolean): void {
    if (this.#life === undefined) return;
    const { settings } = this.#life;
    const extensions = { ...settings.extensions, acceptCrc };
    this.#life = { ...this.#life, settings: { ...settings, authKeys, extensions } };
  }

  /** Not while a restart is on its way: the next life has files of its own. */
  #useGroups(node: RunningNode, haresources: readonly ResourceGroup[]): boolean {
    if (this.#life === undefined || this.#isLeaving || this.#rooms?.node !== node) return false;
    this.#life = { ...this.#life, settings: { ...this.#life.settings, haresources } };
    this.#nextSettings = this.#nextSettings && { ...this.#nextSettings, haresources };
    node.setGroups(haresources);
    return true;
  }

  #wantRestart(settings: Settings): string | undefined {
    const before = this.#life?.settings;
    if (this.#isLeaving || this.#rooms === undefined || before === undefined) {
      return 'heartbeat is not at rest';
    }
    const [lost] = lostGroups(before.haresources, settings.haresources);
    if (lost !== undefined) {
      return `haresources has changed, too, and nobody would stop ${lost}: reload haresources with ha.cf as it was, then ha.cf`;
    }
    this.#nextSettings = settings;
    this.#timesBefore = this.#times;
    this.#rooms.node.restart();
    return undefined;
  }

  /** A new life of the node in the same process, with the resources as they are (spec membership 5.3). */
  async #restart(kept: Kept): Promise<void> {
    const { life, settings } = {
      life: this.#life,
      settings: this.#nextSettings ?? this.#life?.settings,
    };
    assert(life !== undefined && settings !== undefined, 'a restart has settings to begin with');
    this.#say('info', 'Restarting heartbeat.');
    const rooms = this.#rooms;
    // A stop that comes from here on is for the next life.
    this.#rooms = undefined;
    await rooms?.close();
    this.#endController();
    this.#say('info', 'Performing heartbeat restart exec.');
    this.#useLogOf(settings);
    try {
      await this.#openRooms({ ...(await this.#newLife(settings, life.self)), kept });
    } catch (error) {
      if (!(error instanceof StartRefused)) this.#say('ERROR', whatFailed(error));
      this.#say('ERROR', 'No restart with the new files. Going on as before.');
      // The next HUP is to try again, whatever has become of the files.
      this.#times = this.#timesBefore;
      this.#endController();
      this.#useLogOf(life.settings);
      await this.#openRooms({ ...(await this.#newLife(life.settings, life.self)), kept });
    }
  }

  /** Closes what one life, or an attempt at one, has opened. */
  #endController(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
  }

  #useLogOf(settings: Settings): void {
    this.#log.debugLevel = settings.haCf.debug;
    this.#log.setTargets(settings.haCf.logging);
  }

  /**
   * The other node finds us dead, and has us reset. The process stays, and says nothing: a daemon that was started again
   * would be heard.
   */
  #fallSilent(): void {
    this.#isSilent = true;
    this.#rooms?.abandon();
    this.#say('CRIT', 'Heartbeat is silent until this machine is reset; its resources run on.');
  }

  /** Until it works the node speaks, and holds what it cannot stop. */
  async #reboot(): Promise<void> {
    if (this.#isRebooting) return;
    this.#isRebooting = true;
    await settledWithin(lastWordsMillis, this.#log.flush());
    this.#say('CRIT', `Unable to force reboot. (${await ownMachine.reboot()})`);
    this.#isRebooting = false;
  }

  /** C's answer where this machine is ours alone; elsewhere the node leaves, and the other takes over. */
  async #failfast(words: string): Promise<void> {
    const may = await ownMachine.mayReboot();
    this.#say('EMERG', failfastWords(words, may));
    if (may) await this.#reboot();
    else this.#stop();
  }

  /** The node has left the cluster and holds nothing. */
  async #leave(self: string): Promise<void> {
    await this.#rooms?.close();
    this.#say('info', `${self} Heartbeat shutdown complete.`);
    this.#controller.abort();
    await this.#pidFile?.release();
    this.#end(0);
  }

  /**
   * Our own program is wrong, and what it believes of the cluster may be wrong too: it says so and ends at once. It
   * touches no resource, for a stop that rests on wrong beliefs may do more harm than a service that goes on; the
   * other node finds us silent, and takes over as it does after a power failure.
   */
  async #lastResort(error: unknown): Promise<void> {
    this.#say('CRIT', `Emergency Shutdown: ${stackOf(error)}`);
    this.#rooms?.abandon();
    await settledWithin(lastWordsMillis, Promise.all([this.#log.flush(), this.#console.flush()]));
    endProcess(failedStatus);
  }

  #say(level: LogLine['level'], text: string): void {
    this.#log.write({ level, text });
  }
}
