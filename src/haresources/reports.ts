/** What there is to log about resources, as data, and its words: the C daemon's where it has any (spec membership 13). */
import type { Obstacle } from './file-view.ts';
import type { Hold } from '../message/messages.ts';
import type { LogLine } from '../log-line.ts';
import type { Millis, NodeName } from '../units.ts';

export type ResourceReport =
  | { readonly kind: 'takeover-begins'; readonly node: NodeName }
  | { readonly kind: 'takeover-complete'; readonly node: NodeName }
  | { readonly kind: 'takeover-cancelled' }
  | { readonly kind: 'gave-up-resources'; readonly node: NodeName }
  | { readonly kind: 'no-stonith' }
  | { readonly kind: 'disks-unprotected' }
  | { readonly kind: 'initial-acquisition-complete'; readonly reason: string }
  | { readonly kind: 'local-acquisition'; readonly none: boolean }
  | { readonly kind: 'transition-completed'; readonly side: 'local' | 'remote' }
  | { readonly kind: 'no-answer-to-starting'; readonly node: NodeName; readonly waited: Millis }
  | { readonly kind: 'both-own'; readonly side: 'local' | 'foreign' }
  | { readonly kind: 'standby-wanted'; readonly node: NodeName; readonly hold: Hold }
  | { readonly kind: 'standby-possible'; readonly node: NodeName; readonly hold: Hold }
  | { readonly kind: 'standby-released'; readonly hold: Hold }
  | { readonly kind: 'standby-acquires'; readonly node: NodeName; readonly hold: Hold }
  | { readonly kind: 'standby-acquired'; readonly hold: Hold }
  | { readonly kind: 'standby-complete'; readonly hold: Hold }
  | {
      readonly kind: 'standby-refused';
      readonly node: NodeName;
      readonly why: 'other-in-flux' | 'local-in-flux' | 'in-progress' | 'legacy' | 'no-quorum';
      readonly left: Millis;
    }
  | { readonly kind: 'takeover-without-quorum' }
  | { readonly kind: 'quorum-release' }
  | { readonly kind: 'standby-ignored'; readonly node: NodeName; readonly info: string }
  | { readonly kind: 'command-too-late'; readonly node: NodeName; readonly command: string }
  | { readonly kind: 'standby-no-reply' }
  | { readonly kind: 'standby-cancelled' }
  | { readonly kind: 'standby-stop-failed'; readonly hold: Hold }
  | { readonly kind: 'shutdown-notice'; readonly node: NodeName }
  | { readonly kind: 'giving-up-all' }
  | { readonly kind: 'all-relinquished' }
  | { readonly kind: 'acquiring-group'; readonly group: string }
  | { readonly kind: 'releasing-group'; readonly group: string }
  | {
      readonly kind: 'start-failed';
      readonly resource: string;
      readonly at: string;
      readonly why: string;
    }
  | { readonly kind: 'start-again'; readonly group: string }
  | {
      readonly kind: 'service-failed';
      readonly resource: string;
      readonly at: string;
      readonly why: string;
      /** How often it has failed since it was last up for ten minutes. */
      readonly count: number;
      readonly next: 'restart' | 'report' | 'failover' | 'stay' | 'nobody';
      readonly pause: Millis;
    }
  | { readonly kind: 'service-restarted'; readonly resource: string }
  | { readonly kind: 'service-runs-again'; readonly resource: string }
  | { readonly kind: 'service-moves'; readonly group: string; readonly hold: Hold }
  | { readonly kind: 'status-unknown'; readonly resource: string; readonly why: string }
  | { readonly kind: 'failback-held'; readonly node: NodeName; readonly wait: Millis }
  | { readonly kind: 'failback-waits'; readonly node: NodeName }
  | { readonly kind: 'failback-off'; readonly node: NodeName; readonly deaths: number }
  | { readonly kind: 'stop-retry'; readonly resource: string }
  | { readonly kind: 'stop-suspect'; readonly resource: string }
  | { readonly kind: 'stop-failed'; readonly resource: string; readonly at: string }
  | { readonly kind: 'reboot-required' }
  | { readonly kind: 'falls-silent' }
  | { readonly kind: 'left-over'; readonly group: string }
  | { readonly kind: 'runs-unasked'; readonly resource: string; readonly at: string }
  | { readonly kind: 'orphan'; readonly group: string }
  | { readonly kind: 'orphan-in-use'; readonly group: string }
  | { readonly kind: 'address-in-use'; readonly group: string; readonly answered: boolean }
  | {
      readonly kind: 'disputed';
      readonly group: string;
      readonly at: string;
      readonly owner: NodeName;
      readonly node: NodeName;
      readonly theirs: NodeName;
    }
  | { readonly kind: 'address-silent'; readonly group: string }
  | { readonly kind: 'handing-over'; readonly hold: Hold }
  | { readonly kind: 'frozen-release' }
  | { readonly kind: 'yielding'; readonly groups: readonly string[] }
  | { readonly kind: 'settled'; readonly node: NodeName }
  | { readonly kind: 'changing-group'; readonly group: string }
  | { readonly kind: 'goes-on-without'; readonly group: string }
  | { readonly kind: 'reload-waits' }
  | { readonly kind: 'file-read'; readonly changes: readonly string[] }
  | { readonly kind: 'owner-stays'; readonly group: string; readonly owner: NodeName }
  | {
      readonly kind: 'file-refused';
      readonly at: string;
      readonly resource: string;
      readonly owner: NodeName;
    }
  | {
      readonly kind: 'group-waits';
      readonly group: string;
      readonly obstacle: Obstacle;
      /** It goes on as it was. */
      readonly runs: boolean;
    };

type Words = { readonly [Kind in ResourceReport['kind']]: (report: ReportOf<Kind>) => LogLine };
type ReportOf<Kind> = Extract<ResourceReport, { readonly kind: Kind }>;

const info = (text: string): LogLine => ({ level: 'info', text });
const warn = (text: string): LogLine => ({ level: 'WARN', text });
const error = (text: string): LogLine => ({ level: 'ERROR', text });
const crit = (text: string): LogLine => ({ level: 'CRIT', text });

const words: Words = {
  'takeover-begins': ({ node }) => info(`Resources being acquired from ${node}.`),
  'takeover-complete': ({ node }) => info(`mach_down takeover complete for node ${node}.`),
  'takeover-cancelled': () => info('Resource takeover cancelled - shutdown in progress.'),
  'gave-up-resources': ({ node }) => info(`Dead node ${node} gave up resources.`),
  'no-stonith': () => warn('No STONITH device configured.'),
  'disks-unprotected': () => warn('Shared disks are not protected.'),
  'initial-acquisition-complete': ({ reason }) =>
    info(`Initial resource acquisition complete (${reason})`),
  'local-acquisition': ({ none }) =>
    info(`Local Resource acquisition completed.${none ? ' (none)' : ''}`),
  'transition-completed': ({ side }) => info(`${side} resource transition completed.`),
  'no-answer-to-starting': ({ node, waited }) =>
    warn(
      `${node} is alive but has not said for ${String(Math.round(waited / 1000))} s what it holds: ` +
        'holding still, asking again',
    ),
  'both-own': ({ side }) =>
    error(`Both machines own ${side === 'local' ? 'our' : 'foreign'} resources!`),
  'standby-wanted': ({ node, hold }) => info(`${node} wants to go standby [${hold}]`),
  'standby-possible': ({ node, hold }) => info(`standby: ${node} can take our ${hold} resources`),
  'standby-released': ({ hold }) => info(`Local standby process completed [${hold}].`),
  'standby-acquires': ({ node, hold }) => info(`standby: acquire [${hold}] resources from ${node}`),
  'standby-acquired': ({ hold }) => info(`Standby resource acquisition done [${hold}].`),
  'standby-complete': ({ hold }) =>
    info(`Other node completed standby takeover of ${hold} resources.`),
  'standby-refused': (report) => warn(refusal(report)),
  'takeover-without-quorum': () =>
    warn('hb_takeover refused: no quorum, so nothing is taken (docs/quorum.md)'),
  'quorum-release': () => warn('no quorum: releasing everything'),
  'standby-ignored': ({ node, info: word }) =>
    warn(`Ignored standby message '${word}' from ${node} that belongs to no standby of ours`),
  'command-too-late': ({ node, command }) =>
    info(`${command} from ${node} came too late: the request is given up there`),
  'standby-no-reply': () => warn('No reply to standby request.  Standby request cancelled.'),
  'standby-cancelled': () => info('Cancelling pending standby operation'),
  'standby-stop-failed': ({ hold }) =>
    warn(
      `standby [${hold}] cancelled: a resource could not be stopped here, the other node must not start it`,
    ),
  'shutdown-notice': ({ node }) => info(`Received shutdown notice from '${node}'.`),
  'giving-up-all': () => info('Giving up all HA resources.'),
  'all-relinquished': () => info('All HA resources relinquished.'),
  'acquiring-group': ({ group }) => info(`Acquiring resource group: ${group}`),
  'releasing-group': ({ group }) => info(`Releasing resource group: ${group}`),
  'start-failed': ({ resource, at, why }) =>
    crit(`Giving up resources due to failure of ${resource} (${at}: ${why})`),
  'start-again': ({ group }) => info(`Trying again to start ${group}, which has failed here`),
  'service-failed': (report) => error(failure(report)),
  'service-restarted': ({ resource }) =>
    info(`${resource} was restarted, with what follows it in its group`),
  'service-runs-again': ({ resource }) => info(`${resource} runs again`),
  'service-moves': ({ group, hold }) =>
    warn(`${group} does not stay up here: asking the other node to take our ${hold} resources`),
  'status-unknown': ({ resource, why }) =>
    warn(`nobody knows whether ${resource} runs (${why}): it is left as it is`),
  'failback-held': ({ node, wait }) =>
    info(`${node} is back: its resources stay here for ${inSeconds(wait)} more ([failback] hold)`),
  'failback-waits': ({ node }) =>
    warn(
      `${node} is back: its resources stay here, for its haresources has them otherwise (ha_propagate, then heartbeat -r there)`,
    ),
  'failback-off': ({ node, deaths }) =>
    warn(
      `${node} is back, but has died ${String(deaths)} times ([failback] limit): its resources stay here until ` +
        'hb_takeover or hb_standby moves them',
    ),
  'stop-retry': ({ resource }) => info(`Retrying failed stop operation [${resource}]`),
  'stop-suspect': ({ resource }) =>
    error(
      `Resource script for ${resource} probably not LSB-compliant: stop failed, status says stopped.`,
    ),
  'stop-failed': ({ resource, at }) =>
    crit(
      `Resource STOP failure: ${resource} (${at}) still runs here. It stays ours and nobody else may start it; ` +
        'stop it by hand, then repeat the command.',
    ),
  'reboot-required': () => crit('Resource STOP failure. Reboot required!'),
  'falls-silent': () =>
    crit('Resource STOP failure. Falling silent, so that the other node resets this one.'),
  'left-over': ({ group }) =>
    warn(
      `${group} was left running here by an earlier heartbeat while this node does not hold it: stopping it`,
    ),
  'runs-unasked': ({ resource, at }) =>
    warn(
      `${resource} (${at}) runs although heartbeat did not start it: is it enabled at boot? (systemctl disable)`,
    ),
  orphan: ({ group }) => warn(`nobody holds ${group}: taking it`),
  'orphan-in-use': ({ group }) =>
    warn(`nobody claims ${group}, but its address answers on the network: holding still`),
  'address-in-use': ({ group, answered }) =>
    warn(
      (answered
        ? `the address of ${group} is in use elsewhere on the network`
        : `cannot find out whether the address of ${group} is in use elsewhere`) +
        ': not starting it, asking again every 5 s (hb_takeover starts it all the same)',
    ),
  disputed: ({ group, at, owner, node, theirs }) =>
    warn(
      `${at}: the group ${group} belongs to ${owner} here, but to ${theirs} in haresources of ${node}: no node starts it while both say so (heartbeat --check --peer compares)`,
    ),
  'address-silent': ({ group }) => info(`nobody answers for the address of ${group} any more`),
  'handing-over': ({ hold }) =>
    warn(`our ${hold} resources could not be started here: asking the other node`),
  'frozen-release': () =>
    warn(
      'this node was frozen for longer than its dead time: releasing everything before asking who holds it',
    ),
  yielding: ({ groups }) =>
    warn(`the partition has healed: giving back what was taken over (${groups.join(', ')})`),
  'changing-group': ({ group }) =>
    info(`Changing resource group, as haresources has it now: ${group}`),
  'goes-on-without': ({ group }) =>
    warn(
      `${group} goes on without what haresources has new for it; hb_takeover tries again, and so does the next reload that changes it`,
    ),
  'reload-waits': () => info('haresources is taken in when nothing moves any more'),
  'file-read': ({ changes }) => info(`haresources was read again: ${changes.join(', ')}`),
  'owner-stays': ({ group, owner }) =>
    warn(
      `${group} stays with ${owner} until heartbeat is stopped and started on both nodes: a C node, or one with auto_failback legacy, cannot be told of another owner`,
    ),
  'file-refused': ({ at, owner, resource }) =>
    warn(
      `${at}: haresources stays as it was read before: ${resource} was ${owner}'s, and a C node, or one with auto_failback legacy, cannot be told of another owner; stop heartbeat on both nodes for that`,
    ),
  'group-waits': ({ group, obstacle, runs }) =>
    warn(`${group} ${runs ? 'goes on as it was' : 'is not started'}: ${waitsFor(obstacle)}`),
  settled: ({ node }) => info(`every resource group has one owner again, here or on ${node}`),
};

/** The line of a report; unexpected conditions of ours are never above WARN unless the C daemon has them so. */
export function resourceWords(report: ResourceReport): LogLine {
  const speak = words[report.kind] as (one: ResourceReport) => LogLine;
  return speak(report);
}

function waitsFor(obstacle: Obstacle): string {
  switch (obstacle.kind) {
    case 'not-agreed':
      return `${obstacle.node} has not read the same in its haresources (ha_propagate, then heartbeat -r there)`;
    case 'elsewhere':
      return `haresources of ${obstacle.node} gives ${obstacle.resource} to another node, or it still runs there`;
    case 'remnant':
      return `something of it is still to be stopped here as a part of ${obstacle.group}`;
  }
}

function refusal({ node, why, left }: ReportOf<'standby-refused'>): string {
  switch (why) {
    case 'other-in-flux':
      return `standby message [me] from ${node} ignored.  Other side is in flux.`;
    case 'local-in-flux':
      return `standby message [me] from ${node} ignored.  local resources in flux.`;
    case 'in-progress':
      return `Standby in progress- new request from ${node} ignored [${String(Math.ceil(left / 1000))} seconds left]`;
    case 'no-quorum':
      return `standby message [me] from ${node} ignored.  No quorum.`;
    case 'legacy':
      return 'Standby mode only implemented when nice_failback on';
  }
}

const inSeconds = (time: Millis): string => `${String(Math.round(time / 1000))} s`;

function failure({ resource, at, why, count, next, pause }: ReportOf<'service-failed'>): string {
  const what = `${resource} (${at}) has failed here: ${why}; failure ${String(count)}`;
  const later = `it is tried again here in ${inSeconds(pause)}`;
  switch (next) {
    case 'restart':
      return `${what}: restarting it`;
    case 'report':
      return `${what}: it is left as it is`;
    case 'failover':
      return `${what}: the other node is to take it, or ${later}`;
    case 'stay':
      return `${what}, and it did not stay up on the other node: ${later}`;
    case 'nobody':
      return `${what}, and no other node can take it: ${later}`;
  }
}
