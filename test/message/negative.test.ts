import { describe, expect, test } from 'vitest';
import { decodeDatagram } from '../../src/message/decode.ts';
import { interpret } from '../../src/message/interpret.ts';
import { refusalWords, type Refusal } from '../../src/message/refusal.ts';
import type { Message } from '../../src/message/messages.ts';
import {
  bytesOf,
  keysOf,
  latin1,
  negative,
  valueOfResult,
  type NegativeVector,
} from './vectors.ts';

type Ending =
  | { readonly end: 'message'; readonly message: Message }
  | { readonly end: 'parse' | 'mac'; readonly refusal: Refusal }
  | { readonly end: 'semantic'; readonly kind: string };

function endOf(vector: NegativeVector): Ending {
  const decoded = decodeDatagram(bytesOf(vector), keysOf(vector.keyfile));
  if (!decoded.ok) return { end: classOf(decoded.reason), refusal: decoded.reason };
  const message = interpret(decoded.value.fields);
  if (message.ok) return { end: 'message', message: message.value };
  return { end: 'semantic', kind: message.reason.kind };
}

const unreadable: readonly Refusal['kind'][] = [
  'too-long',
  'not-a-message',
  'truncated',
  'malformed',
];

const classOf = (refusal: Refusal): 'parse' | 'mac' =>
  unreadable.includes(refusal.kind) ? 'parse' : 'mac';

const vector = (id: string): NegativeVector => {
  const found = negative.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`${id} is missing`);
  return found;
};

/** Unsigned and malformed: whoever verifies first never gets to see what is wrong inside. */
const unsigned = ['n079', 'n080', 'n081', 'n084', 'n086'];
/** Refused by those who know the nodes and their tracks: membership. */
const leftToMembership = ['n021', 'n033', 'n035', 'n036', 'n039', 'n042'];

describe('a crafted datagram', () => {
  test('is one of 118', () => {
    expect(negative).toHaveLength(118);
  });

  test.each(negative.filter(({ ours }) => ours === 'accept'))('$id ($name) is accepted', (one) => {
    expect(endOf(one)).toMatchObject({ end: 'message' });
  });

  test.each(negative.filter(({ ours, reason }) => ours === 'reject' && reason === 'parse'))(
    '$id ($name) is refused as unreadable',
    (one) => {
      expect(endOf(one).end).toBe(unsigned.includes(one.id) ? 'mac' : 'parse');
    },
  );

  test.each(negative.filter(({ ours, reason }) => ours === 'reject' && reason === 'mac'))(
    '$id ($name) is refused as not authentic',
    (one) => {
      expect(endOf(one).end).toBe('mac');
    },
  );

  test.each(negative.filter(({ ours, reason }) => ours === 'reject' && reason === 'semantic'))(
    '$id ($name) is refused for what it says, or left to membership',
    (one) => {
      expect(endOf(one).end).toBe(leftToMembership.includes(one.id) ? 'message' : 'semantic');
    },
  );

  test.each(negative.filter(({ ours }) => ours === 'either'))(
    '$id ($name) comes to an end without a throw',
    (one) => {
      expect(['message', 'mac', 'semantic']).toContain(endOf(one).end);
    },
  );
});

describe('what membership has to judge', () => {
  const messageOf = (id: string): Message => {
    const end = endOf(vector(id));
    if (end.end !== 'message') throw new Error(`${id} is no message`);
    return end.message;
  };

  test('n021 has no generation, which counts as 0', () => {
    expect(messageOf('n021').header.hg).toBe(0);
  });

  test('n033 has a type in capitals, which is no status', () => {
    expect(messageOf('n033').body).toEqual({ t: 'other', type: 'STATUS' });
  });

  test('n035 and n036 come from a node that is not ours', () => {
    expect(messageOf('n035').header.src).toBe('foreign');
    expect(messageOf('n036').header.src).toBe('foreign');
  });

  test('n039 is for another node', () => {
    expect(messageOf('n039').header.dest).toBe('wire9');
  });

  test('n042 is for another uuid although it has our name', () => {
    expect(messageOf('n042').header).toMatchObject({ dest: 'wire1' });
    expect(messageOf('n042').header.destuuid).toHaveLength(16);
  });

  test('n034 comes from a name in capitals, which is the node in lower case', () => {
    expect(messageOf('n034').header.src).toBe('wire2');
  });

  test('n037 and n038 have no usable uuid, which counts as none', () => {
    expect(messageOf('n037').header).not.toHaveProperty('srcuuid');
    expect(messageOf('n038').header).not.toHaveProperty('srcuuid');
  });

  test('n071 has two fields of one name, and the first counts', () => {
    expect(messageOf('n071').body).toMatchObject({ t: 'status', st: 'n08' });
  });
});

describe('crc beside a keyed method', () => {
  test.each(['n092', 'n105'])('%s is refused unless the operator accepts crc', (id) => {
    const datagram = bytesOf(vector(id));

    expect(decodeDatagram(datagram, keysOf('many', false))).toMatchObject({
      ok: false,
      reason: { kind: 'crc-refused', id: 4, claims: 'wire2' },
    });
    expect(decodeDatagram(datagram, keysOf('many', true)).ok).toBe(true);
  });

  test('is believed when crc is what this node signs with', () => {
    expect(decodeDatagram(bytesOf(vector('n001')), keysOf('crc1', false)).ok).toBe(true);
  });
});

describe('a refusal', () => {
  const wordsFor = (id: string): readonly string[] => {
    const end = endOf(vector(id));
    if (!('refusal' in end)) throw new Error(`${id} was not refused`);
    return refusalWords(end.refusal).map(({ level, text }) => `${level}: ${text}`);
  };

  test('speaks as C does, and names the sender that the message claims', () => {
    expect(wordsFor('n010')).toEqual([
      'WARN: authtoken does not match, authtoken=0f20c39f',
      'WARN: string2msg_ll: node [wire2] failed authentication',
    ]);
    expect(wordsFor('n011')).toEqual([
      'WARN: Bad/invalid auth token, authtoken=(nil)',
      'WARN: string2msg_ll: node [wire2] failed authentication',
    ]);
    expect(wordsFor('n094')[0]).toBe('WARN: Invalid authentication [5] in message!');
    expect(wordsFor('n106')[0]).toBe('WARN: Invalid authentication type [5] in message!');
    expect(wordsFor('n116')[0]).toBe('WARN: Bad/invalid netstring auth string');
    expect(wordsFor('n050')[0]).toBe('ERROR: peel_netstring() error in getting auth string');
    expect(wordsFor('n064')).toEqual(["WARN: process_netstring_nvpair: line doesn't contain '='"]);
  });

  test('never tells which digest was expected', () => {
    const forged = vector('n014');
    const words = wordsFor('n014').join('\n');

    expect(words).toContain('d8dc76ab');
    expect(words).not.toContain('d8dc76aa');
    expect(latin1(bytesOf(forged))).toContain('d8dc76ab');
  });

  test.each(negative)('$id has words of one line without control characters', (one) => {
    const end = endOf(one);
    const lines = 'refusal' in end ? refusalWords(end.refusal) : [{ text: 'none' }];

    for (const { text } of lines) expect(text).toMatch(/^[ -~]{1,250}$/);
  });
});

describe('a datagram longer than UDP can carry', () => {
  test('is refused unread', () => {
    expect(decodeDatagram(new Uint8Array(65_508), keysOf('crc1'))).toEqual({
      ok: false,
      reason: { kind: 'too-long', length: 65_508 },
    });
  });
});

describe('what C gets wrong', () => {
  test.each(['n059', 'n089', 'n091', 'n099'])('%s is accepted by C and refused here', (id) => {
    expect(decodeDatagram(bytesOf(vector(id)), keysOf(vector(id).keyfile)).ok).toBe(false);
  });

  test.each([
    ['n088', 2],
    ['n090', 3],
  ])('%s is refused by C, and verified here with key %i, which it names', (id, key) => {
    const decoded = decodeDatagram(bytesOf(vector(id)), keysOf('many'));

    expect(valueOfResult(decoded).keyId).toBe(key);
  });
});
