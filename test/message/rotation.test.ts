import { describe, expect, test } from 'vitest';
import { decodeDatagram, type VerifyingKeys } from '../../src/message/decode.ts';
import type { SigningKey } from '../../src/message/digest.ts';
import { encodeDatagram, outboundForm } from '../../src/message/encode.ts';
import type { Field } from '../../src/message/messages.ts';
import { text } from '../../src/message/messages.ts';
import { latin1, valueOfResult } from './vectors.ts';

const one: SigningKey = { id: 1, method: 'sha1', secret: 'keyone' };
const two: SigningKey = { id: 2, method: 'md5', secret: 'keytwo' };

const keys = (outbound: SigningKey, ...listed: readonly SigningKey[]): VerifyingKeys => ({
  outbound,
  byId: new Map(listed.map((key) => [key.id, key])),
  acceptCrc: false,
});

const status: readonly Field[] = [text('t', 'status'), text('st', 'active'), text('src', 'alpha')];

const said = (by: VerifyingKeys): Uint8Array =>
  valueOfResult(encodeDatagram(status, outboundForm(by, 'classic'), by.outbound));

const hears = (listener: VerifyingKeys, speaker: VerifyingKeys): boolean =>
  decodeDatagram(said(speaker), listener).ok;

describe('a change of keys', () => {
  /** authkeys of a node before, in, and after the change. */
  const stages: readonly VerifyingKeys[] = [
    keys(one, one),
    keys(one, one, two),
    keys(two, one, two),
    keys(two, two),
  ];

  test('has no gap while the nodes are at most one stage apart', () => {
    for (let stage = 0; stage + 1 < stages.length; stage += 1) {
      const behind = stages[stage] ?? keys(one);
      const ahead = stages[stage + 1] ?? keys(one);

      expect([stage, hears(behind, ahead), hears(ahead, behind)]).toEqual([stage, true, true]);
    }
  });

  test('keeps out what is signed with the old key once that is gone', () => {
    const [before, , , done] = stages;

    expect(hears(done ?? keys(one), before ?? keys(two))).toBe(false);
  });

  test('is made in classic text, which C verifies with the key it names', () => {
    const forms = stages.map((stage) => latin1(said(stage)).slice(0, 3));

    expect(forms).toEqual(['###', '>>>', '>>>', '###']);
  });

  test('does not let one key pass for another (C does: n089)', () => {
    const both = keys(one, one, two);
    const forged = encodeDatagram(status, 'netstring', { ...two, secret: one.secret });

    expect(decodeDatagram(valueOfResult(forged), both)).toMatchObject({
      ok: false,
      reason: { kind: 'bad-digest', id: 2 },
    });
  });
});
