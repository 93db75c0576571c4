/** English words for the faults of media lines. */
import type { MediaFaults } from './problem.ts';
import { parseInteger } from './values.ts';
import { lineOf, type WordTable } from './problem-words.ts';

const mcastExample = 'mcast eth0 225.0.0.15 694 1 0';

const examples: Readonly<Record<string, string>> = {
  mcast: `mcast INTERFACE GROUP PORT TTL LOOP, such as: ${mcastExample}`,
  mcast6: 'mcast6 INTERFACE GROUP PORT HOPS LOOP, such as: mcast6 eth0 ff12::1:2:3:4 694 1 0',
  ucast: 'ucast INTERFACE HOST, one line for each peer, such as: ucast eth0 192.168.1.2',
  ucast6: 'ucast6 INTERFACE ADDRESS, such as: ucast6 eth0 2001:db8::2',
};

const exampleOf = (medium: string): string => examples[medium] ?? medium;

/** The C words about an operand that is not there: the plug-ins differ in form. */
function cMissing(medium: string, iface: string | undefined, missing: string): string {
  if (iface === undefined) return `glib: ${medium} statement without device`;
  return medium.startsWith('ucast')
    ? `glib: ${medium}: [${iface}] missing ${missing}`
    : `glib: ${medium} [${iface}] missing ${missing}`;
}

/** C heartbeat shows a number as it read it, and a word as 0; a blank stands before most of these texts. */
function cBadOperand(medium: string, iface: string, operand: string, value: string): string {
  const isAddress = operand === 'addr';
  const shown = isAddress ? value : String(parseInteger(value)?.value ?? 0);
  const blank = isAddress && medium === 'mcast' ? '' : ' ';
  const named = medium === 'mcast6' && operand === 'ttl' ? 'hops' : operand;
  return `glib: ${blank}${medium} [${iface}] bad ${named} [${shown}]`;
}

const ranges = {
  port: 'a port is a number from 1 to 65535',
  ttl: 'this is a number from 0 to 4',
  loop: 'loop is 0 or 1',
} as const;

function addressFor(medium: string): string {
  if (medium === 'mcast') return 'a group is an address from 224.0.0.0 to 239.255.255.255';
  return medium === 'mcast6'
    ? 'a group begins with ff0 or ff1, then 2, 4, 5 or 8 for its scope'
    : `this is no address for ${medium}`;
}

export const wordsOfMedia: WordTable<MediaFaults> = {
  'no-media': () => ({
    c: ['No heartbeat media defined'],
    mend: 'write for example: bcast eth0 (a ping line carries no heartbeats)',
  }),
  'medium-incomplete': ({ medium, iface, missing }) => ({
    c: [cMissing(medium, iface, missing)],
    ...(iface?.includes(',') === true ? { what: 'commas do not separate here' } : {}),
    mend: `write ${exampleOf(medium)}`,
  }),
  'medium-operand': ({ medium, iface, operand, value }) => ({
    c: [cBadOperand(medium, iface, operand, value)],
    what: operand === 'addr' ? addressFor(medium) : ranges[operand],
    mend: `write ${exampleOf(medium)}`,
  }),
  'mcast-ttl-0': ({ iface }) => ({
    what: `with ttl 0 nothing leaves this machine on ${iface}`,
    mend: 'write 1',
  }),
  'medium-twice': ({ medium, name, before }) => ({
    what: `${medium} ${name} was already given in ${lineOf(before)}`,
    mend: 'this one is ignored, remove it',
  }),
  'too-many-media': ({ limit }) => ({
    c: [`Too many media specified (> ${String(limit)})`],
    mend: 'remove some',
  }),
  'port-after-medium': ({ medium, iface, port, wanted, mediumAt }) => ({
    what:
      `${medium} ${iface} in ${lineOf(mediumAt)} keeps port ${String(port)} although udpport says ${String(wanted)}, ` +
      'as in C heartbeat',
    mend: 'put udpport before the first medium',
  }),
  'loopback-medium': () => ({
    what: 'lo reaches no other machine',
    mend: 'write an interface of the network, such as eth0',
  }),
  'serial-refused': ({ device }) => ({
    ...(device.startsWith('/')
      ? {}
      : {
          c: [
            `glib: Serial port not full pathname [${device}] in config file`,
            `Illegal serial [serial ring] in config file [${device}]`,
          ],
        }),
    what: `serial ${device}: this daemon has no serial medium yet, and without it a link you count on would be missing`,
    mend: 'remove the line, and add a second network link (bcast, mcast or ucast) in its place',
  }),
  'ping-group-incomplete': ({ name }) => ({
    what: `ping_group ${name ?? ''} has no hosts`,
    mend: 'write: ping_group NAME HOST HOST',
  }),
};
