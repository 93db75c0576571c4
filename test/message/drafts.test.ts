import { describe, expect, test } from 'vitest';
import {
  ackDraft,
  askResourcesDraft,
  ipRequestDraft,
  ipRequestRespDraft,
  nakRexmitDraft,
  repnodesDraft,
  reqnodesDraft,
  resourceDraft,
  rexmitDraft,
  shutdoneDraft,
  stampFields,
  startingDraft,
  statusDraft,
  stonithDraft,
  takeoverDraft,
  takesNumber,
  type Control,
} from '../../src/message/drafts.ts';
import { decodeDatagram } from '../../src/message/decode.ts';
import { encodeDatagram } from '../../src/message/encode.ts';
import { interpret } from '../../src/message/interpret.ts';
import type { Draft, Field } from '../../src/message/messages.ts';
import { text, valueOf } from '../../src/message/messages.ts';
import { millis, nodeName } from '../../src/units.ts';
import { bytesOf, keysOf, latin1, positive, valueOfResult } from './vectors.ts';

const wire1 = nodeName('wire1');
const wire2 = nodeName('wire2');

function vectorOf(id: string): (typeof positive)[number] {
  const vector = positive.find((candidate) => candidate.id === id);
  if (vector === undefined) throw new Error(`${id} is missing`);
  return vector;
}

const fieldsOf = (id: string): readonly Field[] =>
  valueOfResult(decodeDatagram(bytesOf(vectorOf(id)), keysOf(vectorOf(id).keyfile))).fields;

/** The control values that C put into a message. */
function controlOf(fields: readonly Field[]): Control {
  const destinationUuid = valueOf(fields, 'destuuid');
  return {
    self: nodeName(valueOf(fields, 'src') ?? ''),
    uuid: valueOf(fields, 'srcuuid') ?? '',
    sequence: Number.parseInt(valueOf(fields, 'seq') ?? '0', 16),
    generation: Number.parseInt(valueOf(fields, 'hg') ?? '', 16),
    time: Number.parseInt(valueOf(fields, 'ts') ?? '', 16),
    load: valueOf(fields, 'ld') ?? '',
    timeToLive: Number(valueOf(fields, 'ttl')),
    ...(destinationUuid === undefined ? {} : { destinationUuid }),
  };
}

/** What this node sends for a draft, with the moment and the key of a captured message. */
function sentLike(id: string, draft: Draft): string {
  const { outbound } = keysOf(vectorOf(id).keyfile);
  const stamped = stampFields(draft, controlOf(fieldsOf(id)));
  return latin1(valueOfResult(encodeDatagram(stamped, 'netstring-with-auth', outbound)));
}

describe('what this node says', () => {
  const key2 = 'IPaddr::172.16.100.2/16/eth0';

  test.each<readonly [string, string, Draft]>([
    ['the first status', 'p001', statusDraft('init', millis(7000), true)],
    ['the status of an active node', 'p011', statusDraft('active', millis(5000), true)],
    ['an acknowledgement', 'p013', ackDraft(wire1, 12)],
    ['a request for retransmission', 'p051', rexmitDraft(wire1, 20, 20)],
    ['a refusal of one', 'p059', nakRexmitDraft(wire2, 52)],
    ['a question for the node list', 'p006', reqnodesDraft(wire2)],
    ['the answer to it', 'p007', repnodesDraft(wire1, [wire1, wire2])],
    ['starting', 'p008', startingDraft()],
    ['a hold', 'p015', resourceDraft({ hold: 'local', stable: true })],
    [
      'a hold with its reason',
      'p020',
      resourceDraft({ hold: 'none', stable: false, info: 'standby' }),
    ],
    ['a step of standby', 'p019', askResourcesDraft('all', 'other')],
    ['a takeover', 'p026', takeoverDraft('local')],
    ['a shutdown', 'p028', shutdoneDraft()],
    ['a request for a resource', 'p078', ipRequestDraft(key2)],
    ['the answer to that', 'p079', ipRequestRespDraft(wire2, key2, 'yes')],
    ['the end of a fencing', 'p030', stonithDraft(wire2, 'unneeded')],
  ])('%s is byte for byte what C says (%s)', (_what, id, draft) => {
    expect(sentLike(id, draft)).toBe(latin1(bytesOf(vectorOf(id))));
  });

  test('means the same to the node that hears it', () => {
    const bodyOf = (draft: Draft): unknown =>
      valueOfResult(interpret(stampFields(draft, controlOf(fieldsOf('p001'))))).body;

    expect(bodyOf(statusDraft('up', millis(1000), false))).toEqual({
      t: 'status',
      st: 'up',
      dt: 1000,
      protocol: false,
    });
    const told = { file: 'x node1:a.b', heard: 'node2=y' };
    expect(bodyOf(resourceDraft({ hold: 'none', stable: true, owners: [], ...told }))).toEqual({
      t: 'resource',
      hold: 'none',
      full: true,
      isstable: true,
      owners: [],
      ...told,
    });
    expect(bodyOf(rexmitDraft(wire1, 20, 69))).toEqual({
      t: 'NS_rexmit',
      firstseq: 20,
      lastseq: 69,
    });
    expect(bodyOf(nakRexmitDraft(wire1, 52))).toMatchObject({ t: 'NS_nak_rexmit', firstseq: 52 });
    expect(bodyOf(repnodesDraft(wire1, [wire1, wire2]))).toEqual({
      t: 'repnodes',
      nodelist: ['wire1', 'wire2'],
      delnodelist: [],
    });
    expect(bodyOf(takeoverDraft('failback'))).toEqual({ t: 'hb_takeover', hold: 'failback' });
    expect(bodyOf(ipRequestRespDraft(wire1, key2, 'no'))).toMatchObject({ weown: false });
  });
});

/** Control fields put in by a submitter in another order (tested above), and no field but one outside. */
const madeByHand: ReadonlySet<string> = new Set(['p069', 'p070', 'p092']);

describe('the control fields', () => {
  const control: Control = {
    self: wire1,
    uuid: '\x01'.repeat(16),
    sequence: 255,
    generation: 16,
    time: 1_795_357_650,
    load: '0.00 0.01 0.05 1/100 42',
    timeToLive: 3,
  };
  const namesIn = (fields: readonly Field[]): readonly string[] => fields.map(({ name }) => name);

  test('come behind the message, in the order of C', () => {
    const draft = [text('t', 'x'), text('dest', 'wire2')];
    const stamped = stampFields(draft, { ...control, destinationUuid: '\x02'.repeat(16) });

    expect(namesIn(stamped).join(' ')).toBe('t dest destuuid src srcuuid seq hg ts ld ttl');
    expect(valueOf(stamped, 'seq')).toBe('ff');
    expect(valueOf(stamped, 'hg')).toBe('10');
  });

  test('overwrite what the submitter put in, where it stands (p034, p069)', () => {
    const draft = ['t', 'y', 'src', 'seq', 'hg', 'ts', 'ttl', 'ld', 'auth'].map((name) =>
      text(name, 'spoofed'),
    );
    const stamped = stampFields(draft, control);

    expect(namesIn(stamped).join(' ')).toBe('t y src seq hg ts ttl ld auth srcuuid');
    expect(stamped.filter((field) => 'value' in field && field.value === 'spoofed')).toHaveLength(
      3,
    );
    expect(stamped.at(-1)).toEqual({ type: 1, name: 'srcuuid', value: control.uuid });
  });

  test('overwrite the first field of a name, which is the one that counts', () => {
    const stamped = stampFields([text('t', 'x'), text('src', 'a'), text('src', 'b')], control);

    expect(valueOf(stamped, 'src')).toBe('wire1');
    expect(namesIn(stamped).filter((name) => name === 'src')).toHaveLength(2);
  });

  test('of an unnumbered type have no number and no load, and spare what is there (p070)', () => {
    const draft = [
      text('t', 'NS_test6'),
      text('src', 'spoof'),
      text('ts', '12345678'),
      text('ttl', '9'),
      text('hg', '1'),
    ];

    expect(takesNumber(draft)).toBe(false);
    expect(stampFields(draft, control)).toEqual([
      ...draft,
      { type: 1, name: 'srcuuid', value: control.uuid },
    ]);
  });

  test.each(
    positive.filter(
      ({ id, encoding, scenario }) =>
        encoding === 'netstring' && scenario !== 'ping' && !madeByHand.has(id),
    ),
  )('of $id, cut off and put on again, are the same', ({ id }) => {
    const fields = fieldsOf(id).filter(({ name }) => name !== 'auth' && !name.startsWith('_'));
    const own = fields.findIndex(({ name }, index) => {
      const rest = fields.slice(index).map((field) => field.name);
      return rest.every((each) => controlNames.has(each)) && controlNames.has(name);
    });

    expect(stampFields(fields.slice(0, own), controlOf(fields))).toEqual(fields);
  });

  const controlNames: ReadonlySet<string> = new Set([
    'destuuid',
    'src',
    'srcuuid',
    'seq',
    'hg',
    'ts',
    'ld',
    'ttl',
  ]);
});
