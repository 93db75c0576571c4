/** What a lab's pair of nodes serves: the web page of the tutorial, the same page from an NFS server, or a database. */
import type { Host, HostPlan, Hosts } from './hosts.ts';
import type { Outage } from './outages.ts';
import type { Pace } from './pace.ts';

/** What the client saw until now; lengths in milliseconds. */
export interface ClientView {
  readonly asked: number;
  readonly answered: number;
  /** Who gave the last answer, and how long ago; undefined before the first. */
  readonly from: string | undefined;
  readonly silentFor: number | undefined;
  /** Every outage, the oldest first; the last 1000 are kept. */
  readonly outages: readonly Outage[];
}

/** Somebody who uses the service all the time. */
export interface ServiceClient {
  readonly view: ClientView;
  /** The host that answers now. */
  readonly answering: string | undefined;
  /** Looks at what it is served, beyond its answers; undefined when there is nothing more to look at. */
  readonly check: (() => Promise<Finding>) | undefined;
  /** Ends it; nothing is reported any more. */
  stop(): void;
}

/** What a step or a check found: it held, or it did not; in words. */
export interface Finding {
  readonly held: boolean;
  readonly words: string;
}

/** A finding that is as it should be. */
export const held = (words: string): Finding => ({ held: true, words });
/** A finding that ends the story. */
export const broken = (words: string): Finding => ({ held: false, words });

export interface Scenario {
  /** The group of node1, as it stands in haresources behind the node's name. */
  readonly group: string;
  /** What the client does, for the title of its part of the screen. */
  readonly clientDoes: string;
  /** Where the shared filesystem is mounted, if there is one. */
  readonly mountPoint: string | undefined;
  /** Hosts besides the two nodes. */
  readonly servers: readonly HostPlan[];
  /** Folders below /var/lib that are the nodes' own. */
  readonly ownFolders: readonly string[];
  /** Programs, and the Debian packages they are in. */
  readonly needs: readonly NeededProgram[];
  /** Writes the files of the service on a node. */
  readonly install: (host: Host) => Promise<void>;
  /** Does on a node what has to be done again at each start of the host. */
  readonly prepare: (host: Host, hosts: Hosts) => Promise<void>;
  /** Starts what is outside of the pair, once, with all hosts up and installed. */
  readonly setUp: (hosts: Hosts) => Promise<void>;
  /** Ends what would outlive its host. */
  readonly tearDown: (hosts: Hosts) => Promise<void>;
  /** `ended` is called at the end of each outage. */
  readonly openClient: (host: Host, pace: Pace, ended: (outage: Outage) => void) => ServiceClient;
}

/** A program of a Debian package: its name in the PATH, or its place. */
export interface NeededProgram {
  readonly name: string;
  readonly debianPackage: string;
}
