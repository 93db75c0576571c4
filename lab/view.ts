/** The picture of the live view: a pure function of what is known and of the terminal's size. */
import { serviceAddress } from './cluster-files.ts';
import type { Belief } from './beliefs.ts';
import { fit, line, type Line, type Span, type Style } from './paint.ts';
import type { ClientView } from './scenario.ts';

export interface NodeView {
  readonly name: string;
  readonly address: string;
  readonly program: string;
  readonly hasPower: boolean;
  readonly isCut: boolean;
  readonly holdsAddress: boolean;
  readonly belief: Belief;
  /** Milliseconds since the belief was asked for. */
  readonly beliefAge: number;
  /** What the lab is doing with the node right now. */
  readonly busy: string | undefined;
}

export interface EventView {
  readonly time: string;
  /** Name of the node, or `lab`. */
  readonly who: string;
  readonly level: string;
  readonly text: string;
}

/** A fifth of a second as the client saw it: which node answered (0, 1), nobody, or an outage that ended in it. */
export type Moment = 'first' | 'second' | 'nobody' | 'outage';

export interface LabView {
  readonly setting: string;
  readonly nodes: readonly [NodeView, NodeView];
  readonly selected: 0 | 1;
  readonly client: ClientView;
  /** What the client does, in words. */
  readonly clientDoes: string;
  readonly lastOutageAge: number;
  /** The newest last. */
  readonly moments: readonly Moment[];
  readonly events: readonly EventView[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const keys = '1 2 select  s standby  o power off  c pull/plug cable  u start  d stop  q quit';
const sideBySide = 84;

/** Exactly `rows` lines of exactly `columns` columns. */
export function drawView(view: LabView, size: Size): readonly Line[] {
  const top = [
    line(` heartbeat lab  ${view.setting}`, 'bar'),
    ...drawNodes(view, size.columns),
    ...drawHolders(view),
    ...drawClient(view, size.columns),
    line(' events', 'bar'),
  ];
  const room = Math.max(0, size.rows - top.length - 1);
  const events = view.events.slice(view.events.length - Math.min(room, view.events.length));
  const lines = [...top, ...events.map((event) => drawEvent(event, view))].slice(0, size.rows - 1);
  const empty = Array<Line>(Math.max(0, size.rows - 1 - lines.length)).fill([]);
  const selected = view.nodes[view.selected].name;
  const bottom = line(` ${selected}: ${keys}`, 'bar');
  return [...lines, ...empty, bottom].map((each) => fit(each, size.columns));
}

function drawNodes(view: LabView, columns: number): readonly Line[] {
  const [first, second] = view.nodes.map((_, index) => drawNode(view, index));
  if (first === undefined || second === undefined) return [];
  if (columns < sideBySide) return [...first, ...second];
  const width = Math.floor((columns - 1) / 2);
  const height = Math.max(first.length, second.length);
  return Array.from({ length: height }, (_, row) => [
    ...fit(first[row] ?? [], width),
    { text: ' ', style: 'plain' as const },
    ...fit(second[row] ?? [], width),
  ]);
}

function drawNode(view: LabView, index: number): readonly Line[] {
  const node = view.nodes[index === 0 ? 0 : 1];
  const mark = view.selected === index ? '>' : ' ';
  const title = ` ${mark} ${String(index + 1)} ${node.name}  ${node.address}  ${node.program}`;
  const style: Style = view.selected === index ? 'bold' : 'plain';
  return [line(title, style), drawCondition(node), drawHeld(node), ...drawBelief(node, view)];
}

function drawCondition(node: NodeView): Line {
  if (node.busy !== undefined) return line(`     ${node.busy} ...`, 'warn');
  if (!node.hasPower) return line(`     no power${node.isCut ? ', cable pulled' : ''}`, 'bad');
  const cable: Span = node.isCut
    ? { text: 'cable pulled', style: 'bad' }
    : { text: 'cable in', style: 'plain' };
  return [
    { text: '     power on, ', style: 'plain' },
    cable,
    { text: ', ', style: 'plain' },
    daemonOf(node),
  ];
}

function daemonOf(node: NodeView): Span {
  switch (node.belief.kind) {
    case 'running':
      return { text: 'heartbeat runs', style: 'good' };
    case 'stopped':
      return { text: 'heartbeat does not run', style: 'warn' };
    case 'unknown':
      return { text: 'heartbeat does not answer', style: 'warn' };
  }
}

function drawHeld(node: NodeView): Line {
  if (node.holdsAddress) return line(`     HAS ${serviceAddress}`, 'good');
  return line(`     has not ${serviceAddress}`, 'dim');
}

function drawBelief(node: NodeView, view: LabView): readonly Line[] {
  const { belief } = node;
  if (belief.kind !== 'running')
    return [line('     believes nothing', 'dim'), ...view.nodes.map(() => [])];
  const age = (node.beliefAge / 1000).toFixed(0);
  return [
    line(`     believes (${age} s ago) that it holds: ${belief.holds}`),
    ...belief.nodes.map(({ name, status, links }) => [
      { text: `       ${name.padEnd(8)} `, style: 'plain' as const },
      { text: status.padEnd(8), style: styleOf(status) },
      ...links.map((link) => ({
        text: ` ${link.name} ${link.status} `,
        style: link.status === 'up' ? ('plain' as const) : ('bad' as const),
      })),
    ]),
  ];
}

function styleOf(status: string): Style {
  if (status === 'active') return 'good';
  return status === 'dead' ? 'bad' : 'warn';
}

/** A line only when both have the address: with a cable out that is a partition, else it must never be. */
function drawHolders(view: LabView): readonly Line[] {
  if (!view.nodes.every((node) => node.holdsAddress)) return [];
  const isCut = view.nodes.some((node) => node.isCut);
  const why = isCut
    ? 'they cannot hear each other (split brain)'
    : 'although they can hear each other';
  return [line(`   BOTH nodes have ${serviceAddress}: ${why}`, 'bad')];
}

function drawClient(view: LabView, columns: number): readonly Line[] {
  const { client } = view;
  const quiet = client.silentFor === undefined || client.silentFor > 200;
  const who: Span = quiet
    ? { text: silence(client), style: 'bad' }
    : { text: `answered by ${client.from ?? ''}`, style: 'good' };
  return [
    line(` client  ${view.clientDoes}`, 'bar'),
    [
      { text: '   ', style: 'plain' },
      who,
      { text: `  (${String(client.answered)} of ${String(client.asked)})`, style: 'dim' },
      { text: `  ${outageWords(view)}`, style: 'plain' },
    ],
    [{ text: '   ', style: 'plain' }, ...drawMoments(view.moments.slice(-(columns - 6)))],
  ];
}

function silence(client: ClientView): string {
  if (client.silentFor === undefined) return 'no answer yet';
  return `no answer for ${(client.silentFor / 1000).toFixed(1)} s`;
}

function outageWords(view: LabView): string {
  const last = view.client.outages.at(-1);
  if (last === undefined) return 'no outage yet';
  const longest = Math.max(...view.client.outages.map(({ length }) => length));
  const ago = (view.lastOutageAge / 1000).toFixed(0);
  const way = last.from === last.to ? last.to : `${last.from} to ${last.to}`;
  return `last outage ${last.length.toFixed(0)} ms, ${way}, ${ago} s ago; longest ${longest.toFixed(0)} ms`;
}

const momentSpans: Readonly<Record<Moment, Span>> = {
  first: { text: '1', style: 'first' },
  second: { text: '2', style: 'second' },
  nobody: { text: '.', style: 'bad' },
  outage: { text: '!', style: 'bad' },
};

const drawMoments = (moments: readonly Moment[]): Line =>
  moments.map((moment) => momentSpans[moment]);

function drawEvent(event: EventView, view: LabView): Line {
  const whoStyle = whoStyleOf(event.who, view);
  const level = event.level === '' ? '' : `${event.level}: `;
  return [
    { text: ` ${event.time.padEnd(9)}`, style: 'dim' },
    { text: `${event.who.padEnd(6)} `, style: whoStyle },
    { text: `${level}${event.text}`, style: levelStyleOf(event) },
  ];
}

function whoStyleOf(who: string, view: LabView): Style {
  if (who === view.nodes[0].name) return 'first';
  return who === view.nodes[1].name ? 'second' : 'bold';
}

function levelStyleOf(event: EventView): Style {
  if (/^(ERROR|CRIT|ALERT|EMERG)$/.test(event.level)) return 'bad';
  if (event.level === 'WARN') return 'warn';
  return event.who === 'lab' ? 'bold' : 'plain';
}
