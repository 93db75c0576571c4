/**
 * The requests of the client API and their answers, as functions of the request and of what is known of the cluster
 * (spec client-api 6). What a request changes is handed back as an act for the server to carry out.
 */
import { text, valueOf, type Field } from '../message/messages.ts';
import { nodeName } from '../units.ts';
import { defaultMask, knownMask } from './events.ts';
import type { ClusterFacts, NodeFact } from './facts.ts';
import type { SignedOn } from './sign-on.ts';

/** The most frames that `set_sendqlen` can ask the server to keep for one client. */
export const maxQueuedFrames = 4096;

/** What a request changes. */
export type Act =
  | { readonly kind: 'set-mask'; readonly mask: number }
  /** Sent to the client's process after each frame; 0 sends none. */
  | { readonly kind: 'set-signal'; readonly signal: number }
  | { readonly kind: 'set-queue-limit'; readonly frames: number }
  /** Ask another node whether it has a client: the answer comes as a cluster message. */
  | { readonly kind: 'ask-node'; readonly message: readonly Field[] }
  | { readonly kind: 'sign-off' };

export interface Answer {
  /** Messages for the asker, in order. */
  readonly replies: readonly (readonly Field[])[];
  readonly acts: readonly Act[];
}

/** What a request is answered from. */
export interface Asked {
  readonly fields: readonly Field[];
  readonly asker: SignedOn;
  readonly facts: ClusterFacts;
  /** Is a client of this id signed on here? */
  isOnline(id: string): boolean;
}

type Handler = (asked: Asked, reqtype: string) => Answer;

/** The answer to one `hbapi-req`; a request that does not exist is answered with `badreq`, one without `reqtype` not at all. */
export function answer(asked: Asked): Answer {
  const reqtype = valueOf(asked.fields, 'reqtype');
  if (reqtype === undefined) return { replies: [], acts: [] };
  const handler = handlers.get(reqtype);
  return handler === undefined ? refuse(reqtype) : handler(asked, reqtype);
}

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['nodelist', nodeList],
  ['nodestatus', ofNode((node) => [text('st', node.status)])],
  ['nodetype', ofNode((node) => [text('nodetype', node.type)])],
  ['nodeweight', ofNode((node) => [text('weight', String(node.weight))])],
  ['nodesite', ofNode((node) => [text('site', node.site)])],
  ['numnodes', numNodes],
  ['iflist', ifList],
  ['ifstatus', ifStatus],
  ['getparm', getParm],
  ['getrsc', getRsc],
  ['getuuid', getUuid],
  ['getnodename', getNodeName],
  ['clientstatus', clientStatus],
  ['setfilter', setFilter],
  ['setsignal', setSignal],
  ['set_sendqlen', setSendQueueLength],
  ['signoff', () => ({ replies: [], acts: [{ kind: 'sign-off' }] })],
]);

function nodeList({ facts }: Asked, reqtype: string): Answer {
  return list(
    reqtype,
    facts
      .nodes()
      .map((node) => [
        text('node', node.name),
        text('nodetype', node.type),
        text('st', node.status),
      ]),
  );
}

/** A handler for what is asked of one node: the field `node` names it in any case. */
function ofNode(fieldsOf: (node: NodeFact) => readonly Field[]): Handler {
  return (asked, reqtype) => {
    const node = findNode(asked.facts, valueOf(asked.fields, 'node'));
    return node === undefined ? refuse(reqtype, 'EINVAL') : ok(reqtype, ...fieldsOf(node));
  };
}

function numNodes({ facts }: Asked, reqtype: string): Answer {
  const normal = facts.nodes().filter((node) => node.type === 'normal');
  return ok(reqtype, text('numnodes', String(normal.length)));
}

function ifList(asked: Asked, reqtype: string): Answer {
  const node = findNode(asked.facts, valueOf(asked.fields, 'node'));
  if (node === undefined || node.links.length === 0) return refuse(reqtype, 'EINVAL');
  return list(
    reqtype,
    node.links.map((link) => [text('ifname', link.name), text('st', link.status)]),
  );
}

function ifStatus(asked: Asked, reqtype: string): Answer {
  const node = findNode(asked.facts, valueOf(asked.fields, 'node'));
  const ifname = valueOf(asked.fields, 'ifname');
  const link = node?.links.find((candidate) => candidate.name === ifname);
  return link === undefined ? refuse(reqtype, 'EINVAL') : ok(reqtype, text('st', link.status));
}

function getParm({ fields, facts }: Asked, reqtype: string): Answer {
  const name = valueOf(fields, 'pname');
  if (name === undefined) return refuse(reqtype, 'EINVAL');
  const value = facts.parameter(name === 'crm' ? 'pacemaker' : name);
  return value === undefined ? ok(reqtype) : ok(reqtype, text('pvalue', value));
}

function getRsc({ facts }: Asked, reqtype: string): Answer {
  return ok(reqtype, text('rsc_hold', facts.holding()));
}

function getUuid({ fields, facts }: Asked, reqtype: string): Answer {
  const name = valueOf(fields, 'queryname');
  if (name === undefined) return refuse(reqtype, 'no query node name found');
  const uuid = findNode(facts, name)?.uuid;
  if (uuid === undefined) return ok(reqtype);
  return ok(reqtype, { type: 1, name: 'queryuuid', value: uuid });
}

function getNodeName({ fields, facts }: Asked, reqtype: string): Answer {
  const uuid = valueOf(fields, 'queryuuid');
  if (uuid === undefined) return refuse(reqtype, 'no query node name found');
  const node = facts.nodes().find((candidate) => candidate.uuid === uuid);
  return node === undefined ? ok(reqtype) : ok(reqtype, text('queryname', node.name));
}

/** Ours and those of nodes that are not `active` are answered at once; others are asked over the wire. */
function clientStatus(asked: Asked, reqtype: string): Answer {
  const node = findNode(asked.facts, valueOf(asked.fields, 'node'));
  const client = valueOf(asked.fields, 'cn');
  if (node === undefined || client === undefined) return refuse(reqtype, 'EINVAL');
  if (node.name === asked.facts.self || node.status !== 'active') {
    const online = node.name === asked.facts.self && asked.isOnline(client);
    const cs = text('cs', online ? 'online' : 'offline');
    return ok(reqtype, text('subt', 'respond-cstatus'), cs);
  }
  const message = [
    text('t', 'query-cstatus'),
    text('dest', node.name),
    text('cn', client),
    text('from_id', asked.asker.id),
  ];
  return { replies: [], acts: [{ kind: 'ask-node', message }] };
}

function setFilter({ fields, asker }: Asked, reqtype: string): Answer {
  const given = /^(?:0x)?([\da-f]{1,8})$/i.exec(valueOf(fields, 'fmask') ?? '');
  const mask = Number.parseInt(given?.[1] ?? '0', 16) & knownMask;
  if (mask === 0) return refuse(reqtype, 'EINVAL');
  if (mask !== defaultMask && !asker.privileged) return refuse(reqtype, 'EPERM');
  return okAnd(reqtype, { kind: 'set-mask', mask });
}

/** The signals that no process can refuse would end the client. */
const uncatchable = new Set([9, 19]);

function setSignal({ fields }: Asked, reqtype: string): Answer {
  const given = valueOf(fields, 'signal');
  if (given === undefined) return refuse(reqtype);
  const signal = /^\d{1,2}$/.test(given) ? Number(given) : 32;
  if (signal > 31 || uncatchable.has(signal)) return refuse(reqtype, 'EINVAL');
  return okAnd(reqtype, { kind: 'set-signal', signal });
}

function setSendQueueLength({ fields }: Asked): Answer {
  const given = valueOf(fields, 'sendqlen') ?? '';
  const frames = /^\d{1,9}$/.test(given) ? Number(given) : 0;
  if (frames === 0) return { replies: [], acts: [] };
  const limit = Math.min(frames, maxQueuedFrames);
  return { replies: [], acts: [{ kind: 'set-queue-limit', frames: limit }] };
}

function findNode(facts: ClusterFacts, name: string | undefined): NodeFact | undefined {
  if (name === undefined) return undefined;
  const wanted = nodeName(name);
  return facts.nodes().find((node) => node.name === wanted);
}

function reply(reqtype: string, ...fields: readonly Field[]): readonly Field[] {
  return [text('t', 'hbapi-resp'), text('reqtype', reqtype), ...fields];
}

function ok(reqtype: string, ...fields: readonly Field[]): Answer {
  return { replies: [reply(reqtype, ...fields, text('result', 'OK'))], acts: [] };
}

function okAnd(reqtype: string, act: Act): Answer {
  return { ...ok(reqtype), acts: [act] };
}

function refuse(reqtype: string, info?: string): Answer {
  const why = info === undefined ? [] : [text('info', info)];
  return { replies: [reply(reqtype, text('result', 'badreq'), ...why)], acts: [] };
}

/** One message for each entry; all but the last say that more follow. */
function list(reqtype: string, entries: readonly (readonly Field[])[]): Answer {
  const last = entries.length - 1;
  return {
    replies: entries.map((entry, index) =>
      reply(reqtype, ...entry, text('result', index === last ? 'OK' : 'ok/more')),
    ),
    acts: [],
  };
}
