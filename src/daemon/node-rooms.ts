/** Opens what a node needs around it (media, agents, FIFO, later the API socket) and carries out what the node says. */
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Agents, createAgents } from '../agents/agents.ts';
import { type NotificationOptions, Notifications } from '../agents/notifications.ts';
import { openNetwork } from '../agents/open-network.ts';
import { workingDirectory } from '../agents/run-script.ts';
import { ScriptLog } from '../agents/script-log.ts';
import { scriptEnvironment } from '../agents/script-environment.ts';
import { systemctlPath } from '../agents/systemd.ts';
import { openFifo } from '../clients/fifo.ts';
import { ReportLimit } from '../clients/report-limit.ts';
import { type ClientServer, openClientServer } from '../clients/server.ts';
import { apiAuthInForce } from '../config/apiauth.ts';
import type { Kept } from '../haresources/types.ts';
import type { NodeSettings } from '../heartbeat/effects.ts';
import type { LogLine } from '../log-line.ts';
import { type FifoFault, fifoWords } from '../message/fifo.ts';
import { type Field, text } from '../message/messages.ts';
import { peerCredentials } from '../native/sockets.ts';
import { fail, type Result, succeed } from '../result.ts';
import { type NodeName, seconds } from '../units.ts';
import { Fencer } from '../stonith/fencer.ts';
import { openDevice, stonithPlaces } from '../stonith/plugins.ts';
import { type Media, openMedia } from '../transport/media.ts';
import { openPings, type Pings } from '../transport/ping.ts';
import type { Handlers, OpenFailure } from '../transport/transport.ts';
import { programPlaces } from './child-launch.ts';
import { childEnvironment, ManagedChildren } from './children.ts';
import { clientFacts } from './client-facts.ts';
import { DeletedNodesFile } from './deleted-nodes.ts';
import { LoadAverage } from './load-average.ts';
import type { Log } from './log.ts';
import type { Paths } from './paths.ts';
import type { Acts } from './perform.ts';
import { lsbDirectory } from './places.ts';
import { realWorld, RunningNode } from './running-node.ts';
import { saveGeneration } from './state-files.ts';
import type { PacketLoss } from './test-code.ts';
import { openWatchdog, type Watchdog } from './watchdog.ts';
import { whyFailed } from './why.ts';

export interface RoomsOptions {
  readonly node: NodeSettings;
  readonly where: Paths;
  readonly log: Log;
  readonly loss: PacketLoss;
  /** Ends FIFO and API socket. */
  readonly signal: AbortSignal;
  /** This life of the node is to end, and the next to go on with what is kept. */
  readonly onRestart: (kept: Kept) => void;
  /** A resource cannot be stopped, and this machine is to be reset for it. */
  readonly onCannotStop: (how: 'fence' | 'reboot') => void;
  /** A program of failfast has failed, and this machine is to be rebooted for it. */
  readonly onFailfast: (words: string) => void;
  /** The node has left the cluster and holds nothing. */
  readonly onExit: () => void;
  /** Our own program is wrong. */
  readonly onThrow: (error: unknown) => void;
}

/** What a node's rooms are made of before they are opened. */
interface Parts {
  readonly agents: Agents;
  readonly children: ManagedChildren;
  readonly fencer: Fencer;
  readonly load: LoadAverage;
  readonly notifications: Notifications;
}

/** The node and the rooms it acts through. */
export class NodeRooms {
  readonly node: RunningNode;
  readonly #options: RoomsOptions;
  readonly #agents: Agents;
  readonly #children: ManagedChildren;
  readonly #fencer: Fencer;
  readonly #notifications: Notifications;
  readonly #deleted: DeletedNodesFile;
  #watchdog: Watchdog | undefined;
  #media: Media | undefined;
  #pings: Pings | undefined;
  #clients: ClientServer | undefined;
  #hasAskedForClients = false;

  constructor(options: RoomsOptions, parts: Parts) {
    this.#options = options;
    const { agents, children, fencer, load, notifications } = parts;
    this.#agents = agents;
    this.#children = children;
    this.#fencer = fencer;
    this.#notifications = notifications;
    const { onThrow } = options;
    this.#deleted = new DeletedNodesFile(options.where.delhostcache, (line) => {
      options.log.write(line);
    });
    const onTick = (): void => {
      this.#watchdog?.feed();
    };
    this.node = new RunningNode(options.node, { acts: this.#acts(), load, onTick, onThrow });
  }

  /** Opens the media and then the FIFO; fails with a line for each medium that cannot be opened. */
  async open(): Promise<Result<undefined, readonly LogLine[]>> {
    const { log, loss } = this.#options;
    const received: Handlers['received'] = (link, bytes, _arrival, from) => {
      if (loss.letsIn(bytes)) this.node.receive(link, bytes, from);
    };
    const report = (line: LogLine): void => {
      log.write(line);
    };
    const failures = await this.#openMedia({ received, report });
    if (failures.length > 0) {
      return fail(
        failures.map(({ medium, why }) => ({
          level: 'ERROR',
          text: `cannot open ${medium}: ${why}`,
        })),
      );
    }
    // Deleted nodes are forgotten with the life that deleted them, as in C.
    this.#deleted.write([]);
    await this.#openFifo();
    // The last thing that may fail is behind us: from here on the machine lives as long as the loop turns.
    this.#watchdog = await openWatchdog(this.#options.node.settings.haCf, report);
    return succeed(undefined);
  }

  async #openMedia(handlers: Handlers): Promise<readonly OpenFailure[]> {
    const { node, signal } = this.#options;
    const { media: specs, pingNodes } = node.settings.haCf;
    const media = await openMedia(specs, handlers, signal);
    if (!media.ok) return media.reason;
    this.#media = media.value;
    const pings = pingNodes.length > 0 ? await openPings(pingNodes, handlers, signal) : undefined;
    if (pings?.ok === false) {
      await media.value.close();
      return pings.reason;
    }
    this.#pings = pings?.value;
    return [];
  }

  /**
   * Stops the children while the node still speaks, sends what is on its way and closes the media; scripts are not cut
   * short (spec membership 5.1).
   */
  async close(): Promise<void> {
    await Promise.all([this.#children.stop(), this.#fencer.close()]);
    this.node.end();
    this.#agents.close();
    this.#pings?.close();
    this.#notifications.close();
    await Promise.all([this.#watchdog?.close(), this.#media?.close(), this.#deleted.settled()]);
  }

  /** The process is about to end without more ado: the node is silent from now on, and the children are told to end. */
  abandon(): void {
    this.node.end();
    this.#children.abandon();
  }

  #acts(): Acts {
    return {
      send: (datagram) => {
        if (this.#options.loss.letsOut()) this.#media?.send(datagram);
      },
      ping: (node, datagram) => {
        if (this.#options.loss.letsOut()) this.#pings?.send(node, datagram);
      },
      run: (job) => this.#agents.run(job),
      fence: (dead) => this.#fencer.fence(dead),
      cancelFence: (dead) => {
        this.#fencer.cancel(dead);
      },
      reserve: (generation) => this.#reserve(generation),
      checkDevice: () => this.#fencer.check(),
      announce: (resource) => void this.#agents.announce(resource),
      introduce: (resource) => void this.#agents.introduce(resource),
      publish: (fields, event) => this.#clients?.publish(fields, event),
      pauseClients: (arePaused) => this.#clients?.pause(arePaused),
      notify: ({ fields, status, type }) => {
        this.#notifications.tell({ type, fields: textFields(fields), status });
      },
      answerQuery: (query) => {
        this.#clients?.answerQuery(query);
      },
      rememberDeleted: (nodes) => {
        this.#deleted.write(nodes);
      },
      openClients: () => {
        // Children are clients of the API: they find its socket there.
        void this.#openClients().then(() => this.#children.start());
      },
      log: (line) => {
        this.#options.log.write(line);
      },
      restart: this.#options.onRestart,
      cannotStop: this.#options.onCannotStop,
      exit: this.#options.onExit,
    };
  }

  /** Without it the node goes on: it only cannot raise its generation while it runs. */
  async #reserve(generation: number): Promise<boolean> {
    const { log, node, where } = this.#options;
    if (node.settings.haCf.generationFrom === 'time') return true;
    try {
      await saveGeneration(where.generation, generation);
      return true;
    } catch (error) {
      const text = `cannot write ${where.generation}: ${whyFailed(error)}`;
      log.write({ level: 'WARN', text });
      return false;
    }
  }

  async #openFifo(): Promise<void> {
    const { log, signal, where } = this.#options;
    const found = await lstat(where.fifo).catch(() => undefined);
    if (found === undefined) log.write({ level: 'info', text: `Creating FIFO ${where.fifo}.` });
    const onMessage = (fields: readonly Field[]): void => {
      this.node.submit(fields);
    };
    const limited = new ReportLimit<FifoFault>((line) => {
      log.write(line);
    });
    const onDropped = (fault: FifoFault): void => {
      const { level, text } = fifoWords(fault);
      limited.say(fault, level, text);
    };
    await openFifo(where.fifo, { onMessage, onDropped }, signal);
  }

  /** A cluster without its API is still a cluster: a socket that cannot be made is told, and no more. */
  async #openClients(): Promise<void> {
    if (this.#hasAskedForClients) return;
    this.#hasAskedForClients = true;
    const { log, node, signal, where } = this.#options;
    const path = where.registerSocket;
    try {
      this.#clients = await openClientServer({
        path,
        facts: clientFacts(node, this.node),
        auth: apiAuthInForce(node.settings.haCf),
        credentials: peerCredentials,
        submit: (fields) => {
          this.node.submit(fields);
        },
        report: (line) => {
          log.write(line);
        },
        signal,
      });
    } catch (error) {
      if (signal.aborted) return;
      log.write({ level: 'ERROR', text: `cannot open API socket ${path}: ${whyFailed(error)}` });
    }
  }
}

/** Rooms that are open, with a node that waits for its start. Rejects for what is not a medium's fault. */
export async function openRooms(
  options: RoomsOptions,
): Promise<Result<NodeRooms, readonly LogLine[]>> {
  const load = new LoadAverage();
  const environment = environmentOf(options);
  const directory = await workingDirectory(options.where.coreDir);
  const debugLog = new ScriptLog(debugFile(options));
  const surroundings = { environment, directory, debugLog };
  const [agents] = await Promise.all([makeAgents(options, surroundings), load.refresh()]);
  const children = makeChildren(options, environment);
  const notifications = makeNotifications(options, surroundings);
  const fencer = makeFencer(options, surroundings, (node) => {
    rooms.node.submit([text('t', 'hb_confirm_down'), text('node', node)]);
  });
  const rooms = new NodeRooms(options, { agents, children, fencer, load, notifications });
  const opened = await rooms.open();
  return opened.ok ? succeed(rooms) : opened;
}

/** A relative name begins where the daemon works, for the log as for what scripts print. */
function debugFile({ node, where }: RoomsOptions): string | undefined {
  const { debugfile } = node.settings.haCf.logging;
  return debugfile === undefined ? undefined : resolve(where.coreDir, debugfile);
}

/** A script of rc.d that hangs holds up the ones after it; C has no limit. */
const notificationLimit = seconds(300);

type Surroundings = Pick<NotificationOptions, 'environment' | 'directory' | 'debugLog'>;
type Environment = Readonly<Record<string, string>>;

function environmentOf({ node, where }: RoomsOptions): Environment {
  const { autoFailback, env, logging, parameters } = node.settings.haCf;
  return scriptEnvironment({
    inherited: process.env,
    node: node.self,
    parameters,
    env,
    logging,
    autoFailback,
    haDirectory: where.configDir,
    fifo: where.fifo,
  });
}

function makeChildren(
  { log, node, onFailfast, onThrow }: RoomsOptions,
  environment: Environment,
): ManagedChildren {
  return new ManagedChildren({
    programs: node.settings.haCf.respawn,
    places: programPlaces,
    environment: childEnvironment(environment, process.env['HA_ROOT']),
    world: realWorld,
    log: (line) => {
      log.write(line);
    },
    onFailfast,
    onThrow,
  });
}

/** Only what is text can be told in an environment. */
function textFields(fields: readonly Field[]): readonly (readonly [string, string])[] {
  return fields.flatMap(({ name, ...field }) =>
    field.type === 0 ? [[name, Buffer.from(field.value, 'latin1').toString()] as const] : [],
  );
}

function makeNotifications(
  { log, where }: RoomsOptions,
  surroundings: Surroundings,
): Notifications {
  return new Notifications({
    ...surroundings,
    rcDirectory: where.rcDir,
    limit: notificationLimit,
    log: (line) => {
      log.write(line);
    },
  });
}

/** Without a device it is never asked for anything. */
function makeFencer(
  { log, node }: RoomsOptions,
  surroundings: Surroundings,
  onConfirmed: (node: NodeName) => void,
): Fencer {
  const { device, extensions } = node.settings;
  const write = (line: LogLine): void => {
    log.write(line);
  };
  const { timeout: limit } = extensions.fencing;
  const around = { ...surroundings, limit, places: stonithPlaces, log: write };
  return new Fencer({
    device: device && openDevice(device, around),
    fifos: stonithPlaces.fifos,
    log: write,
    onConfirmed,
  });
}

async function makeAgents(
  { log, node, where }: RoomsOptions,
  { debugLog, directory, environment }: Surroundings,
): Promise<Agents> {
  const report = (line: LogLine): void => {
    log.writeScript(line);
  };
  return createAgents({
    resourceD: where.resourceDir,
    initD: lsbDirectory,
    systemctl: await systemctlPath(),
    environment,
    directory,
    limits: { ...node.settings.extensions.scriptLimits, probe: seconds(2) },
    agentLimits: node.settings.extensions.agentLimits,
    debugLog,
    network: await openNetwork({ environment, directory }, report),
    log: report,
  });
}
