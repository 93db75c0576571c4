/** What can be wrong with the configuration, as data; `format-problem.ts` makes the words. */
import type { AutoFailback, Position, StonithDevice } from './settings.ts';
import type { ValueRule } from './values.ts';

/** An error keeps the daemon from starting (exit status 6, or 4 for a lacking permission). */
export type Severity = 'error' | 'warning';

/** A file of the configuration by its role. */
export type FileRole = 'ha.cf' | 'authkeys' | 'haresources' | 'extensions.ini';

/** Faults of a file as such. */
export interface FileFaults {
  'cannot-open': { readonly role: FileRole; readonly why: 'absent' | 'permission' | 'other' };
  'file-too-large': { readonly limit: number };
  'nul-byte': object;
  'line-too-long': { readonly bytes: number; readonly limit: number };
  /** `//`, `;` or a text that is no ASCII, where values are expected. */
  'no-comment': { readonly word: string };
}

/** Why a word is no directive. */
export type DirectiveHint =
  'none' | 'byte-order-mark' | 'separator' | 'continuation' | 'slashes' | 'not-in-this-build';

/** Why a directive means nothing to this daemon. */
export type NoEffect =
  | 'for-pacemaker'
  | 'no-apphbd'
  | 'no-compression'
  | 'no-serial'
  | 'no-core-files'
  | 'no-locked-memory'
  | 'no-quorumd';

/** Faults of ha.cf but for its media. */
export interface HaCfFaults {
  'unknown-directive': {
    readonly word: string;
    readonly suggestion: string | undefined;
    readonly hint: DirectiveHint;
  };
  'value-missing': { readonly directive: string; readonly example: string };
  'bad-value': { readonly directive: string; readonly value: string; readonly rule: ValueRule };
  'junk-after-number': {
    readonly directive: string;
    readonly value: string;
    readonly read: string;
  };
  'several-values': { readonly directive: string; readonly used: string };
  repeated: { readonly directive: string; readonly before: Position };
  'given-twice': { readonly directive: string; readonly before: Position };
  'words-ignored': { readonly directive: string; readonly words: readonly string[] };
  replaced: { readonly directive: string; readonly by: string };
  'no-effect-yet': { readonly directive: string };
  'no-effect': { readonly directive: string; readonly why: NoEffect };
  'pacemaker-refused': { readonly directive: string; readonly value: string };
  'autojoin-refused': { readonly value: string };
  'nice-failback': { readonly value: string; readonly means: AutoFailback };
  'legacy-failback': { readonly given: boolean };
  'quoted-value': { readonly directive: string; readonly value: string };
  'relative-file': { readonly directive: string; readonly value: string };
  'env-without-value': { readonly word: string };
  'no-nodes': object;
  'node-twice': { readonly node: string; readonly before: Position };
  'node-name-too-long': { readonly node: string };
  'too-many-nodes': { readonly count: number; readonly limit: number };
  'more-than-two-nodes': { readonly count: number };
  'dead-time-too-small': {
    readonly directive: 'deadtime' | 'deadping';
    readonly given: number;
    readonly keepalive: number;
  };
  'initdead-below-deadtime': { readonly initdead: number; readonly deadtime: number };
  'initdead-short': { readonly initdead: number };
  'initdead-below-twice-deadtime': { readonly initdead: number; readonly deadtime: number };
  'warntime-too-long': { readonly warntime: number; readonly deadtime: number };
  'no-log-target': { readonly useLogd: boolean | undefined };
  'logd-beside-files': { readonly facility: boolean };
  'respawn-incomplete': { readonly directive: string; readonly missing: 'user' | 'command' };
  'respawn-relative': { readonly directive: string; readonly command: string };
  'ipfail-without-ping': object;
  apiauth: {
    readonly line: string;
    readonly why:
      | { readonly kind: 'no-client' }
      | { readonly kind: 'no-list' }
      | { readonly kind: 'junk'; readonly word: string }
      | { readonly kind: 'list-twice'; readonly list: 'uid' | 'gid' }
      | { readonly kind: 'client-twice'; readonly client: string; readonly before: Position }
      | { readonly kind: 'name-too-long' };
  };
  'stonith-incomplete': {
    readonly directive: string;
    readonly missing: 'host' | 'type' | 'config file';
  };
}

/** Faults of media lines. */
export interface MediaFaults {
  'no-media': object;
  'medium-incomplete': {
    readonly medium: string;
    readonly iface: string | undefined;
    readonly missing: string;
  };
  'medium-operand': {
    readonly medium: string;
    readonly iface: string;
    readonly operand: 'addr' | 'port' | 'ttl' | 'loop';
    readonly value: string;
  };
  'mcast-ttl-0': { readonly iface: string };
  'medium-twice': { readonly medium: string; readonly name: string; readonly before: Position };
  'too-many-media': { readonly limit: number };
  'port-after-medium': {
    readonly medium: string;
    readonly iface: string;
    readonly port: number;
    readonly wanted: number;
    readonly mediumAt: Position;
  };
  'loopback-medium': object;
  'serial-refused': { readonly device: string };
  'ping-group-incomplete': { readonly name: string | undefined };
}

/** Faults of authkeys. */
export interface AuthKeysFaults {
  'key-file-readable': { readonly mode: number };
  'key-file-mode': { readonly mode: number };
  'key-file-owner': { readonly uid: number };
  'auth-line': { readonly line: string };
  'key-line': { readonly line: string };
  'key-index': { readonly index: number };
  'key-method': { readonly method: string; readonly suggestion: string | undefined };
  'key-missing': { readonly method: string };
  'crc-with-key': { readonly comment: boolean };
  'key-words-ignored': { readonly words: number; readonly quoted: boolean };
  'key-quoted': object;
  'key-index-twice': { readonly index: number; readonly before: Position };
  'no-auth-line': object;
  'auth-key-not-found': { readonly index: number; readonly keyAt: Position | undefined };
  'auth-without-effect': { readonly index: number; readonly inForce: number };
  'crc-outbound': object;
  'crc-beside-keyed': { readonly accepted: boolean };
}

/** Why the first word of a group is perhaps no node name. */
export type OwnerHint =
  | 'none'
  | 'comment'
  | 'slashes'
  | 'backslash'
  | 'owner-forgotten'
  | 'continuation'
  | 'carriage-return';

/** Faults of haresources. */
export interface HaresourcesFaults {
  'bad-owner': {
    readonly word: string;
    readonly nodes: readonly string[];
    readonly suggestion: string | undefined;
    readonly hint: OwnerHint;
  };
  'owner-is-ping-node': { readonly node: string };
  'group-empty': { readonly node: string };
  'key-twice': { readonly key: string; readonly before: Position };
  'key-elsewhere': { readonly key: string; readonly other: Position };
  'stray-backslash': object;
  'backslash-at-end': object;
  'carriage-return': object;
  'comment-in-continuation': object;
}

/** What the value of a key of extensions.ini must be. */
export type WantedSetting =
  | 'time'
  | 'duration'
  | 'stop-failure'
  | 'truth'
  | 'on-heal'
  | 'plugins'
  | 'policy'
  | 'tiebreak'
  | 'count'
  | 'then';

/** Faults of extensions.ini. */
export interface ExtensionsFaults {
  /** `[failures] stop = fence`, and no node has a device. */
  'fence-without-device': object;
  /** A `[monitor ...]` that fits nothing in haresources. */
  'monitors-nothing': { readonly subject: string };
  'ini-line': { readonly line: string };
  'ini-no-section': { readonly key: string };
  'ini-key-twice': { readonly key: string; readonly before: Position };
  'unknown-section': {
    readonly section: string;
    readonly known: readonly string[];
    readonly suggestion: string | undefined;
  };
  'unknown-key': {
    readonly section: string;
    readonly key: string;
    readonly known: readonly string[];
    readonly suggestion: string | undefined;
  };
  'bad-setting': {
    readonly section: string;
    readonly key: string;
    readonly value: string;
    readonly wanted: WantedSetting;
  };
}

/** Why the script of a fencing device cannot be used. */
export type PluginFault = 'absent' | 'not-executable' | 'writable-by-others' | 'no-answer';

/** Where the files and the machine do not fit. */
export interface SurroundingsFaults {
  'own-name-missing': {
    readonly self: string;
    readonly nodes: readonly string[];
    readonly suggestion: string | undefined;
  };
  'interface-missing': {
    readonly medium: 'bcast' | 'mcast' | 'mcast6' | 'ucast' | 'ucast6';
    readonly iface: string;
    readonly known: readonly string[];
    readonly suggestion: string | undefined;
  };
  'no-broadcast-address': { readonly iface: string };
  'no-address-yet': { readonly iface: string };
  'host-unknown': { readonly medium: string; readonly iface: string; readonly host: string };
  'ucast-only-to-self': { readonly hosts: readonly string[] };
  'host-is-service-address': { readonly directive: string; readonly host: string };
  'ping-is-own-address': { readonly host: string };
  /** `node` is undefined for an address that a ucast line sends to. */
  'ping-is-node': { readonly host: string; readonly node: string | undefined };
  'unknown-user': { readonly directive: string; readonly user: string };
  'unknown-id': {
    readonly list: 'uid' | 'gid';
    readonly id: string;
    /** The whole list. */
    readonly ids: readonly string[];
    readonly client: string;
  };
  'not-executable': {
    readonly command: string;
    readonly args: readonly string[];
    readonly helper: boolean;
  };
  'stonith-type': { readonly type: string; readonly suggestion: string | undefined };
  'stonith-parameters': { readonly given: string; readonly names: readonly string[] };
  'stonith-file': {
    readonly file: string;
    readonly names: readonly string[];
    readonly why: 'unreadable' | 'too-few';
  };
  'stonith-script': {
    readonly type: string;
    readonly path: string;
    readonly why: PluginFault;
    readonly from: StonithDevice['from'];
  };
  'stonith-command': { readonly type: string };
  'stonith-suicide': object;
  'stonith-replaced': { readonly type: string; readonly by: string };
  'agent-missing': { readonly agent: string; readonly suggestion: string | undefined };
  'bad-arguments': { readonly agent: string; readonly why: string };
  'address-interface-missing': {
    readonly iface: string;
    readonly known: readonly string[];
    readonly suggestion: string | undefined;
  };
  'address-without-network': { readonly address: string };
  'address-twice': { readonly address: string; readonly before: Position };
  /** Unusual, but understood; `means` is address/prefix/interface/broadcast as far as given. */
  'address-form': { readonly written: string; readonly means: string };
  'address-not-understood': { readonly written: string };
}

/** What the check could not look into. */
export type Unseen =
  'authkeys' | 'haresources' | 'extensions.ini' | 'hosts' | 'units' | 'fstab' | 'exports';

/** What only `heartbeat --check` takes the time to look for. */
export interface CloserFaults {
  'not-looked-at': { readonly what: Unseen };
  /** `service` is what the system calls it. */
  'enabled-at-boot': {
    readonly agent: string;
    readonly service: string;
    readonly by: 'systemd' | 'init';
  };
  'mount-point-not-empty': { readonly directory: string };
  'mounted-at-boot': { readonly directory: string; readonly fstab: string; readonly line: number };
  'export-squashes-root': { readonly directory: string; readonly client: string };
  'node-without-address': { readonly node: string };
  'nodes-share-address': { readonly nodes: readonly string[]; readonly address: string };
  'peer-has-own-address': { readonly node: string; readonly address: string };
  'own-name-elsewhere': {
    readonly node: string;
    readonly address: string;
    /** Those of this machine. */
    readonly own: readonly string[];
  };
}

/** What only `heartbeat --check --peer` finds; `peer` is the other node. */
export interface PeerFaults {
  /** `why` is a sentence of its own. */
  'peer-not-asked': { readonly peer: string; readonly why: string };
  /** It has no `--check`: it is C heartbeat, or an old one. */
  'peer-not-checked': { readonly peer: string };
  'peer-has-other-name': { readonly peer: string; readonly name: string };
  'peer-file': {
    readonly peer: string;
    readonly role: FileRole;
    readonly is: 'missing' | 'different' | 'only-there';
  };
  'peer-nodes-differ': { readonly peer: string; readonly nodes: readonly string[] };
  /** Both daemons run, but `listener` hears nothing of `speaker`. */
  'peer-not-heard': { readonly speaker: string; readonly listener: string; readonly port: number };
  'peer-failback-differs': {
    readonly peer: string;
    readonly here: AutoFailback;
    readonly there: AutoFailback;
  };
  /** Each node would take the group to be its own. */
  'group-owner-differs': {
    readonly peer: string;
    readonly key: string;
    readonly here: string;
    readonly there: string;
  };
  /** An account whose number is not the same on both nodes; undefined where there is none. */
  'account-differs': {
    readonly peer: string;
    readonly user: string;
    readonly here: number | undefined;
    readonly there: number | undefined;
  };
  /** A problem that the other node's own check tells, in its words. */
  'peer-problem': {
    readonly peer: string;
    /** Its kind there. */
    readonly original: string;
    readonly message: string;
    readonly mend: string;
  };
}

export interface Faults
  extends
    FileFaults,
    HaCfFaults,
    MediaFaults,
    AuthKeysFaults,
    HaresourcesFaults,
    ExtensionsFaults,
    SurroundingsFaults,
    CloserFaults,
    PeerFaults {}

/** One fault with its place; narrow it by `kind`. */
export type Problem<Kind extends keyof Faults = keyof Faults> = {
  readonly [Each in Kind]: {
    readonly kind: Each;
    readonly severity: Severity;
    readonly at: Position;
  } & Faults[Each];
}[Kind];

/** Takes a problem as it is found. */
export type Report = (problem: Problem) => void;

/** What was understood, and everything that is wrong; with an error the value must not be used to run. */
export interface Parsed<Value> {
  readonly value: Value;
  readonly problems: readonly Problem[];
}

/** Whether any of the problems keeps the daemon from starting. */
export const hasErrors = (problems: readonly Problem[]): boolean =>
  problems.some((problem) => problem.severity === 'error');

/** The problems of one file in the order of its text. */
export const inTextOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort(
    (one, other) => one.at.line - other.at.line || one.at.column - other.at.column,
  );
