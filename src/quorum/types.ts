/** Whether the nodes that see each other are enough to decide for all (docs/quorum.md). */
import type { QuorumPlugin } from '../config/settings.ts';
import type { Millis, NodeName } from '../units.ts';

export interface QuorumSettings {
  /** Asked from the left; the first that says yes or no decides. */
  readonly plugins: readonly QuorumPlugin[];
  /** What a node without quorum does: as always, keep what runs and take nothing, or release everything. */
  readonly policy: 'ignore' | 'freeze' | 'stop';
  /** How many ping nodes have to answer a node that ties; 0: none is asked. */
  readonly tiebreak: number;
  /** With `stop`: how long the nodes with quorum give a silent one to release everything. */
  readonly release: Millis;
  /** So long a member may be disputed before it no longer counts: nodes do not notice a death at one moment. */
  readonly patience: Millis;
}

/** A configured normal node as this one finds it. */
export interface Voter {
  readonly name: NodeName;
  /** 100 unless `hb_setweight` said otherwise. */
  readonly weight: number;
  /**
   * `member`: this node itself, or one that it hears as up or active. `gone`: it left with its shutdown notice, or has been
   * reset since it was last heard, so it cannot run anything. `silent`: all others.
   */
  readonly standing: 'member' | 'gone' | 'silent';
  /** A member that does not hear us, or hears a node that we do not and that comes before us: it may belong to others. */
  readonly disputed?: boolean;
}

/** What is counted (spec membership 11.2). */
export interface Votes {
  /** Every configured normal node, this one included. */
  readonly voters: readonly Voter[];
  /** Ping nodes that have answered lately. */
  readonly pings: number;
}

/** Who decided. */
export type Decider = QuorumPlugin | 'tie-break' | 'nobody';

export interface Verdict {
  readonly quorate: boolean;
  readonly by: Decider;
  /** The nodes counted as members, and all that count. */
  readonly members: number;
  readonly expected: number;
}

export type QuorumEvent =
  /** Counted anew: whenever something about a node or a ping node may have changed. */
  | { readonly kind: 'votes'; readonly votes: Votes }
  /** May what this silent node held be taken? `idle`: nothing runs here. */
  | { readonly kind: 'wanted'; readonly node: NodeName; readonly idle: boolean }
  /** It speaks again. */
  | { readonly kind: 'heard'; readonly node: NodeName }
  /** The operator says that this silent node is down. */
  | { readonly kind: 'confirmed'; readonly node: NodeName }
  /** This node leaves: it takes nothing any more. */
  | { readonly kind: 'stop' };

export type QuorumEffect =
  /** Quorum was lost or regained, and the policy wants that to have consequences. */
  | { readonly kind: 'changed'; readonly quorate: boolean }
  /** As far as quorum goes, what that silent node held may be taken; fencing has its say after this. */
  | { readonly kind: 'passed'; readonly node: NodeName; readonly idle: boolean }
  /** The operator has seen to it that the node is down. */
  | { readonly kind: 'cleared'; readonly node: NodeName }
  | { readonly kind: 'report'; readonly report: QuorumReport };

export type QuorumReport =
  | { readonly kind: 'lost'; readonly verdict: Verdict; readonly policy: QuorumSettings['policy'] }
  | { readonly kind: 'regained'; readonly verdict: Verdict }
  | { readonly kind: 'waiting'; readonly node: NodeName; readonly wait: Millis }
  | { readonly kind: 'confirmed'; readonly node: NodeName };
