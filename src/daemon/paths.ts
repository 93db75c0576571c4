/** Where heartbeat's files are: the one table of paths, shared by the daemon and the commands (spec config 1 and 10). */

export interface Paths {
  /** The configuration directory, `/etc/ha.d`. */
  readonly configDir: string;
  readonly haCf: string;
  readonly authkeys: string;
  readonly haresources: string;
  /** Our own settings, which the C daemon does not read. */
  readonly extensions: string;
  /** Replaces `uname -n` as the node's name when it is there. */
  readonly nodeInfo: string;
  /** Loses datagrams on purpose as long as it is there. */
  readonly onlyForTesting: string;
  readonly resourceDir: string;
  readonly rcDir: string;
  /** The daemon's memory between starts, `/var/lib/heartbeat`. */
  readonly stateDir: string;
  /** Scripts and `hb_standby` write here; 0600. */
  readonly fifo: string;
  readonly generation: string;
  readonly uuid: string;
  readonly hostcache: string;
  readonly delhostcache: string;
  readonly logdSocket: string;
  /** The daemon's working directory. */
  readonly coreDir: string;
  readonly pidFile: string;
  /** 0750 hacluster:haclient; its mode keeps other users from the socket. */
  readonly runDir: string;
  /** Every client of the API connects here. */
  readonly registerSocket: string;
  /** Remade at every start, 1755. */
  readonly rscTmp: string;
  /** `/etc`: what the system itself reads, hosts and the links of its runlevels. */
  readonly systemDir: string;
  /** Where resource agents keep their state (`HA_RSCTMP`). */
  readonly agentTmp: string;
}

/**
 * Every path, under `root`: empty on a real machine, and `HA_ROOT` in tests alone, where a node lives in a directory of
 * its own.
 */
export function paths(root: string = process.env['HA_ROOT'] ?? ''): Paths {
  const configDir = `${root}/etc/ha.d`;
  const stateDir = `${root}/var/lib/heartbeat`;
  const runDir = `${root}/run/heartbeat`;
  return {
    configDir,
    haCf: `${configDir}/ha.cf`,
    authkeys: `${configDir}/authkeys`,
    haresources: `${configDir}/haresources`,
    extensions: `${configDir}/extensions.ini`,
    nodeInfo: `${configDir}/nodeinfo`,
    onlyForTesting: `${configDir}/OnlyForTesting`,
    resourceDir: `${configDir}/resource.d`,
    rcDir: `${configDir}/rc.d`,
    stateDir,
    fifo: `${stateDir}/fifo`,
    generation: `${stateDir}/hb_generation`,
    uuid: `${stateDir}/hb_uuid`,
    hostcache: `${stateDir}/hostcache`,
    delhostcache: `${stateDir}/delhostcache`,
    logdSocket: `${stateDir}/log_daemon`,
    coreDir: `${stateDir}/cores/root`,
    pidFile: `${root}/run/heartbeat.pid`,
    runDir,
    registerSocket: `${runDir}/register`,
    rscTmp: `${runDir}/rsctmp`,
    systemDir: `${root}/etc`,
    agentTmp: `${root}/run/resource-agents`,
  };
}
