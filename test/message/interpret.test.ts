import { describe, expect, test } from 'vitest';
import { interpret } from '../../src/message/interpret.ts';
import type { Field } from '../../src/message/messages.ts';
import { text } from '../../src/message/messages.ts';
import { misfitWords, type Misfit } from '../../src/message/misfit.ts';
import { valueOfResult } from './vectors.ts';

type Values = Readonly<Record<string, string>>;

/** A message with a sound header; an empty value takes a field out. */
function message(values: Values): readonly Field[] {
  const all: Values = { t: 'status', src: 'beta', seq: '1a', hg: 'ff', ts: '6b02efdc', ...values };
  return Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => text(name, value));
}

const bodyOf = (values: Values): unknown => valueOfResult(interpret(message(values))).body;

function misfitOf(values: Values): Misfit {
  const result = interpret(message(values));
  if (result.ok) throw new Error('this is a message');
  return result.reason;
}

const faultOf = (values: Values): unknown => {
  const misfit = misfitOf(values);
  return misfit.kind === 'unusable' ? misfit.fault : misfit;
};

describe('a header', () => {
  test('has the names in lower case and the numbers as numbers', () => {
    const fields = message({ src: 'Beta', st: 'up', dest: 'alpha' });

    expect(valueOfResult(interpret(fields)).header).toEqual({
      src: 'beta',
      dest: 'alpha',
      seq: 26,
      hg: 255,
      ts: 0x6b02efdc,
    });
  });

  test('has uuids of 16 bytes, and none that is all zero', () => {
    const uuid = (name: string, value: string): Field => ({ type: 1, name, value });
    const known = '\x01'.repeat(16);
    const { header } = valueOfResult(
      interpret([
        ...message({ t: 'x' }),
        uuid('srcuuid', known),
        uuid('destuuid', '\0'.repeat(16)),
      ]),
    );

    expect(header.srcuuid).toBe(known);
    expect(header).not.toHaveProperty('destuuid');
  });

  test('of an unnumbered type has no number, whatever was put in', () => {
    const ack = valueOfResult(interpret(message({ t: 'NS_ackmsg', ackseq: 'c', seq: 'zz' })));

    expect(ack.header).not.toHaveProperty('seq');
    expect(ack.body).toEqual({ t: 'NS_ackmsg', ackseq: 12 });
  });

  test.each<readonly [string, Values, Partial<Misfit>]>([
    ['no type', { t: '' }, { kind: 'missing-header', field: 't' }],
    ['no source', { src: '' }, { kind: 'missing-header', field: 'src' }],
    ['no time', { ts: '' }, { kind: 'missing-header', field: 'ts' }],
    ['a time that is no number', { ts: 'xyz' }, { kind: 'bad-time' }],
    ['the time 0', { ts: '0' }, { kind: 'bad-time' }],
    ['no number', { seq: '' }, { kind: 'missing-sequence' }],
    ['a number that is none', { seq: 'zz' }, { kind: 'bad-sequence' }],
    ['a number with a prefix', { seq: '0x20' }, { kind: 'bad-sequence' }],
    ['a negative number', { seq: '-1' }, { kind: 'bad-sequence' }],
    ['a number beyond all counting', { seq: '1'.repeat(14) }, { kind: 'bad-sequence' }],
    ['the number 0', { seq: '0' }, { kind: 'zero-sequence' }],
    ['a generation that is no number', { hg: 'xyz' }, { kind: 'bad-generation' }],
    ['a name that is too long', { src: 'n'.repeat(100) }, { kind: 'bad-source' }],
    ['a name with a blank', { src: 'a b' }, { kind: 'bad-source' }],
  ])('with %s is refused', (_what, values, reason) => {
    expect(misfitOf({ st: 'up', ...values })).toMatchObject(reason);
  });
});

describe('a body', () => {
  test.each<readonly [string, Values, unknown]>([
    [
      'a status',
      { st: 'active', dt: '1388', protocol: '1' },
      { t: 'status', st: 'active', dt: 5000, protocol: true },
    ],
    ['a status without dead time', { st: 'up' }, { t: 'status', st: 'up', protocol: false }],
    [
      'a status with a dead time that is no number',
      { st: 'up', dt: 'soon' },
      { t: 'status', st: 'up', protocol: false },
    ],
    [
      'a status in a long word',
      { st: 'x'.repeat(40) },
      { t: 'status', st: 'x'.repeat(31), protocol: false },
    ],
    [
      'a ping node',
      { t: 'NS_st', st: 'ping', info: 'ping' },
      { t: 'NS_st', st: 'ping', info: 'ping' },
    ],
    [
      'a request, its numbers decimal',
      { t: 'NS_rexmit', firstseq: '20', lastseq: '22' },
      { t: 'NS_rexmit', firstseq: 20, lastseq: 22 },
    ],
    [
      'a refusal, its number hex',
      { t: 'NS_nak_rexmit', firstseq: '34', info: 'seqno too low' },
      { t: 'NS_nak_rexmit', firstseq: 52, info: 'seqno too low' },
    ],
    [
      'a node list, however many blanks it has',
      { t: 'repnodes', nodelist: ' Alpha  beta ', delnodelist: ' ' },
      { t: 'repnodes', nodelist: ['alpha', 'beta'], delnodelist: [] },
    ],
    [
      'a whole hold',
      { t: 'resource', rsc_hold: 'local', rtype: 'full', isstable: '1', info: 'standby' },
      { t: 'resource', hold: 'local', full: true, isstable: true, info: 'standby' },
    ],
    [
      'an additional hold',
      { t: 'resource', rsc_hold: 'foreign', info: 'mach_down' },
      { t: 'resource', hold: 'foreign', full: false, info: 'mach_down' },
    ],
    [
      'an unstable hold',
      { t: 'resource', rsc_hold: 'none', rtype: 'full', isstable: '0' },
      { t: 'resource', hold: 'none', full: true, isstable: false },
    ],
    [
      'standby of nothing in particular, which is all',
      { t: 'ask_resources', info: 'me' },
      { t: 'ask_resources', hold: 'all', info: 'me' },
    ],
    ['a type that every object has', { t: 'constructor' }, { t: 'other', type: 'constructor' }],
    ['a type of some client', { t: 'num_ping_nodes' }, { t: 'other', type: 'num_ping_nodes' }],
  ])('says %s', (_what, values, body) => {
    expect(bodyOf(values)).toEqual(body);
  });

  test.each<readonly [string, Values, string, 'missing' | 'bad']>([
    ['a status without its word', {}, 'st', 'missing'],
    ['a ping status without its word', { t: 'NS_st' }, 'st', 'missing'],
    ['an acknowledgement of nothing', { t: 'NS_ackmsg' }, 'ackseq', 'missing'],
    ['a hold of nothing', { t: 'resource' }, 'rsc_hold', 'missing'],
    ['an unknown hold', { t: 'resource', rsc_hold: 'bogus' }, 'rsc_hold', 'bad'],
    ['a hold in capitals', { t: 'resource', rsc_hold: 'ALL' }, 'rsc_hold', 'bad'],
    [
      'standby of an unknown hold',
      { t: 'ask_resources', rsc_hold: 'x', info: 'me' },
      'rsc_hold',
      'bad',
    ],
    ['standby without its step', { t: 'ask_resources', rsc_hold: 'all' }, 'info', 'missing'],
    ['a takeover of an unknown hold', { t: 'hb_takeover', rsc_hold: 'x' }, 'rsc_hold', 'bad'],
    ['a takeover of nothing', { t: 'hb_takeover' }, 'rsc_hold', 'missing'],
    ['a node list without nodes', { t: 'repnodes' }, 'nodelist', 'missing'],
    ['more nodes than can be', { t: 'repnodes', nodelist: 'n '.repeat(101) }, 'nodelist', 'bad'],
    [
      'a node with too long a name',
      { t: 'repnodes', nodelist: 'n'.repeat(100) },
      'nodelist',
      'bad',
    ],
    ['a request without address', { t: 'ip-request' }, 'ipaddr', 'missing'],
    ['an answer without ok', { t: 'ip-request-resp', ipaddr: 'x' }, 'ok', 'missing'],
    ['a fencing of nobody', { t: 'stonith', result: 'OK' }, 'node', 'missing'],
    ['a fencing without result', { t: 'stonith', node: 'beta' }, 'result', 'missing'],
    ['a destination in capitals', { st: 'up', dest: 'ALPHA' }, 'dest', 'bad'],
  ])('with %s is of no use, and yet takes its number', (_what, values, field, fault) => {
    const misfit = misfitOf(values);

    expect(faultOf(values)).toEqual({ field, fault });
    expect(misfit).toMatchObject({
      kind: 'unusable',
      message: { header: { src: 'beta' }, body: { t: 'other', type: values['t'] ?? 'status' } },
    });
  });

  test.each<readonly [string, string, string]>([
    ['without first number', '', '5'],
    ['without last number', '5', ''],
    ['from 0', '0', '5'],
    ['backwards', '6', '5'],
    ['below zero', '-5', '5'],
    ['in hex', 'a', 'b'],
    ['of more than a history', '1', '501'],
    ['of more than a number holds', '1', '9'.repeat(30)],
  ])('that asks %s is dropped, for C would answer for hours', (_what, firstseq, lastseq) => {
    expect(misfitOf({ t: 'NS_rexmit', firstseq, lastseq })).toMatchObject({ kind: 'unusable' });
  });

  test('may ask for a whole history at once', () => {
    expect(bodyOf({ t: 'NS_rexmit', firstseq: '1', lastseq: '500' })).toMatchObject({
      lastseq: 500,
    });
  });
});

describe('the log', () => {
  const wordsFor = (values: Values): string => {
    const line = misfitWords(misfitOf(values), 'eth0');
    return `${line.level}: ${line.text}`;
  };

  test.each<readonly [string, Values]>([
    ['ERROR: process_clustermsg: missing from/ts/type: iface eth0, from beta', { t: '' }],
    ['ERROR: process_clustermsg: missing from/ts/type: iface eth0, from <?>', { src: '' }],
    ['ERROR: process_clustermsg: missing seqno: iface eth0, from beta', { seq: '' }],
    ['ERROR: process_clustermsg: has bad cseq: iface eth0, from beta', { seq: 'zz' }],
    ['ERROR: should_drop_message: bad sequence number', { seq: '0' }],
    ['ERROR: should_drop_message: bad generation number', { hg: 'xyz' }],
    ['ERROR: HBDoMsg_T_STATUS: status update without st field', {}],
    ['ERROR: Invalid rexmit seqnos', { t: 'NS_rexmit' }],
    ['ERROR: resource message without rsc_hold field.', { t: 'resource' }],
    ['ERROR: encode_resources: bad resource type [x?y]', { t: 'resource', rsc_hold: 'x\ny' }],
    ['WARN: message from beta over eth0 without a usable time dropped', { ts: '0' }],
    ['WARN: ip-request message from beta ignored: field ipaddr is missing', { t: 'ip-request' }],
  ])('says %s', (words, values) => {
    expect(wordsFor(values)).toBe(words);
  });
});
