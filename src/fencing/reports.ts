/** What there is to log about fencing, as data, and its words: the C daemon's where it has any (spec fencing 3). */
import { unreachable } from '../assert.ts';
import type { LogLine } from '../log-line.ts';
import type { Millis, NodeName } from '../units.ts';

export type FencingReport =
  | { readonly kind: 'delayed'; readonly node: NodeName; readonly delay: Millis }
  | { readonly kind: 'reset'; readonly node: NodeName }
  | { readonly kind: 'not-reset'; readonly node: NodeName }
  | { readonly kind: 'bad-host'; readonly node: NodeName; readonly device: string }
  | { readonly kind: 'retrying'; readonly node: NodeName }
  | {
      readonly kind: 'outage';
      readonly node: NodeName;
      readonly why: string;
      readonly failures: number;
      readonly since: Millis;
    }
  | { readonly kind: 'given-up'; readonly node: NodeName }
  /** The device did not answer well when it was looked at. */
  | { readonly kind: 'out-of-order'; readonly device: string; readonly why: string }
  | { readonly kind: 'not-controlled'; readonly node: NodeName; readonly device: string }
  | { readonly kind: 'lied'; readonly node: NodeName }
  | { readonly kind: 'confirmed'; readonly node: NodeName }
  | { readonly kind: 'nothing-to-confirm'; readonly node: NodeName };

/** The lines of a report; only failures that C calls errors are errors. */
export function fencingWords(report: FencingReport): readonly LogLine[] {
  if (report.kind === 'out-of-order') return outOfOrder(report.device, report.why);
  return [aboutNode(report)];
}

function outOfOrder(device: string, why: string): readonly LogLine[] {
  return [
    error(`STONITH device ${device} not operational!`),
    warn(`STONITH device ${device}: ${why}`),
    error('STONITH status operation failed.'),
    info('This may mean that the STONITH device has failed!'),
  ];
}

function aboutNode(report: Exclude<FencingReport, { readonly kind: 'out-of-order' }>): LogLine {
  const { node } = report;
  switch (report.kind) {
    case 'delayed':
      return info(`nothing runs here: STONITH of ${node} waits for ${inSeconds(report.delay)} s`);
    case 'reset':
      return info(`node ${node} now reset.`);
    case 'not-reset':
      return error(`Host ${node} not reset!`);
    case 'bad-host':
      return error(`Device ${report.device} cannot reset host ${node}.`);
    case 'retrying':
      return error(`STONITH of ${node} failed.  Retrying...`);
    case 'outage':
      return warn(
        `STONITH of ${node}: attempt ${String(report.failures)} failed (${report.why}). It has been dead for ` +
          `${inSeconds(report.since)} s, and nothing of it is taken over before it is reset or confirmed to be down ` +
          `(hb_confirm_down ${node})`,
      );
    case 'given-up':
      return info(`node ${node} is heard again: STONITH of it given up.`);
    case 'not-controlled':
      return warn(
        `STONITH device ${report.device} does not control ${node}: should it die, nothing of it would be taken over`,
      );
    case 'lied':
      return warn(
        `node ${node} still lives although its reset was reported: the STONITH device does not do what it says`,
      );
    case 'confirmed':
      return warn(`node ${node} is down: confirmed by the operator.`);
    case 'nothing-to-confirm':
      return warn(`hb_confirm_down ${node}: nothing waits for that`);
    default:
      return unreachable(report);
  }
}

const inSeconds = (time: Millis): string => String(Math.round(time / 1000));
const info = (text: string): LogLine => ({ level: 'info', text });
const warn = (text: string): LogLine => ({ level: 'WARN', text });
const error = (text: string): LogLine => ({ level: 'ERROR', text });
