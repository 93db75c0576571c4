import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MediumSpec } from '../../src/transport/transport.ts';
import {
  Station,
  buildStation,
  giveAddress,
  isHeardAgain,
  plugCable,
  sendUntil,
} from './namespaces.ts';

const bcast = (iface: string): MediumSpec => ({ kind: 'bcast', iface, port: 694 });
const mcast = (iface: string, loop = false): MediumSpec => ({
  kind: 'mcast',
  iface,
  group: '225.0.0.15',
  port: 694,
  ttl: 1,
  loop,
});
const ucast = (iface: string, host: string): MediumSpec => ({
  kind: 'ucast',
  iface,
  host,
  port: 694,
});

/** The media of a kind as the two stations have them, whose addresses on eth0 are 10.1.0.1 and 10.1.0.2. */
const kinds: readonly [string, MediumSpec[], MediumSpec[]][] = [
  ['bcast', [bcast('eth0')], [bcast('eth0')]],
  ['mcast', [mcast('eth0')], [mcast('eth0')]],
  ['ucast', [ucast('eth0', '10.1.0.2')], [ucast('eth0', '10.1.0.1')]],
];

let built: Awaited<ReturnType<typeof buildStation>>;

beforeAll(async () => {
  built = await buildStation();
});
afterAll(() => built.remove());

/** A test with two stations that are joined on eth0. */
function joined(body: (one: Station, other: Station) => Promise<void>): () => Promise<void> {
  return async () => {
    const stations = await Promise.all([
      Station.start(built.program),
      Station.start(built.program),
    ]);
    try {
      await plugCable(...stations, 'eth0', 1);
      await body(...stations);
    } finally {
      await Promise.all(stations.map((station) => station.stop()));
    }
  };
}

async function open(station: Station, ...specs: readonly MediumSpec[]): Promise<void> {
  expect(await station.ask({ ask: 'open', specs })).toHaveLength(specs.length);
}

async function bothHear(one: Station, other: Station, mark: string): Promise<void> {
  await isHeardAgain(one, other, `${mark} from one`);
  await isHeardAgain(other, one, `${mark} from the other`);
}

const saysStarted = (line: string): boolean => line.includes('started');

describe.concurrent.each(kinds)('%s', (_kind, ofOne, ofOther) => {
  test(
    'carries datagrams both ways, under the name of the interface',
    joined(async (one, other) => {
      await open(one, ...ofOne);
      await open(other, ...ofOther);

      await one.ask({ ask: 'send', text: 'ping' });
      await other.hears('ping');
      await other.ask({ ask: 'send', text: 'pong' });
      await one.hears('pong');

      expect(other.linksOf('ping')).toEqual(['eth0']);
      expect(one.linksOf('pong')).toEqual(['eth0']);
      // The echo of its own broadcast may still be on its way, so the count is held between two looks.
      const before = other.heard.length;
      const received = await other.ask({ ask: 'received' });
      expect(received).toBeGreaterThanOrEqual(before);
      expect(received).toBeLessThanOrEqual(other.heard.length);
    }),
  );

  test(
    'goes on when the interface was down',
    joined(async (one, other) => {
      await open(one, ...ofOne);
      await open(other, ...ofOther);
      await bothHear(one, other, 'before');

      await one.ip('link', 'set', 'eth0', 'down');
      await one.ask({ ask: 'send', text: 'lost' });
      await one.ip('link', 'set', 'eth0', 'up');

      await bothHear(one, other, 'after');
      expect(other.linksOf('lost')).toEqual([]);
    }),
  );

  test(
    'goes on when the interface had lost its address',
    joined(async (one, other) => {
      await open(one, ...ofOne);
      await open(other, ...ofOther);
      await bothHear(one, other, 'before');

      await one.ip('addr', 'flush', 'dev', 'eth0');
      await giveAddress(one, 'eth0', '10.1.0.1');

      await bothHear(one, other, 'after');
    }),
  );

  test(
    'goes on when the interface had another address meanwhile',
    joined(async (one, other) => {
      await open(one, ...ofOne);
      await open(other, ...ofOther);

      await one.ip('addr', 'flush', 'dev', 'eth0');
      await giveAddress(one, 'eth0', '10.3.0.1');
      await one.until('it was opened again', () => one.lines.filter(saysStarted).length === 2);
      await one.ip('addr', 'flush', 'dev', 'eth0');
      await giveAddress(one, 'eth0', '10.1.0.1');

      await bothHear(one, other, 'after');
    }),
  );

  test(
    'goes on when the interface was removed and has come back under another number',
    joined(async (one, other) => {
      await open(one, ...ofOne);
      await open(other, ...ofOther);
      const before = await one.ip('-o', 'link', 'show', 'eth0');

      await one.ip('link', 'del', 'eth0');
      await one.ip('link', 'add', 'spare', 'type', 'bridge');
      await plugCable(one, other, 'eth0', 1);

      expect((await one.ip('-o', 'link', 'show', 'eth0')).split(':')[0]).not.toBe(
        before.split(':')[0],
      );
      await bothHear(one, other, 'after');
    }),
  );

  test(
    'goes on when the interface was away, and tells meanwhile that writes fail',
    joined(async (one, other) => {
      await open(one, ...ofOne);
      await open(other, ...ofOther);
      const isFailure = (line: string): boolean =>
        /^ERROR: write_child: write failure on \w+ eth0\.: (No such device|Network is unreachable)$/.test(
          line,
        );

      await one.ip('link', 'del', 'eth0');
      await sendUntil(one, 'a failure is told', () => one.lines.some(isFailure));
      await plugCable(one, other, 'eth0', 1);

      await bothHear(one, other, 'after');
    }),
  );
});

describe.concurrent('several media', () => {
  test(
    'on one interface and port each bring a datagram once',
    joined(async (one, other) => {
      const all = (host: string): MediumSpec[] => [
        bcast('eth0'),
        mcast('eth0'),
        ucast('eth0', host),
      ];
      await open(one, ...all('10.1.0.2'));
      await open(other, ...all('10.1.0.1'));

      await one.ask({ ask: 'send', text: 'thrice' });
      await one.ask({ ask: 'send', text: 'mark' });
      await other.until('all marks are heard', () => other.linksOf('mark').length === 3);

      expect(other.linksOf('thrice')).toEqual(['eth0', 'eth0', 'eth0']);
      expect(other.heard).toHaveLength(6);
    }),
  );

  test(
    'on two interfaces are told apart by their links, also where they share a group',
    joined(async (one, other) => {
      await plugCable(one, other, 'eth1', 2);
      await open(one, mcast('eth0'), mcast('eth1'), bcast('eth1'));
      await open(other, mcast('eth0'), mcast('eth1'), bcast('eth1'));

      await one.ask({ ask: 'send', text: 'ping' });
      await other.until('three are heard', () => other.linksOf('ping').length >= 3);
      await one.ask({ ask: 'send', text: 'mark' });
      await other.until('three marks are heard', () => other.linksOf('mark').length >= 3);

      expect(other.linksOf('ping').sort()).toEqual(['eth0', 'eth1', 'eth1']);
    }),
  );

  test(
    'go on when one of two cables is cut',
    joined(async (one, other) => {
      await plugCable(one, other, 'eth1', 2);
      await open(one, bcast('eth0'), ucast('eth1', '10.2.0.2'));
      await open(other, bcast('eth0'), ucast('eth1', '10.2.0.1'));

      await one.ip('link', 'set', 'eth0', 'down');
      await one.ask({ ask: 'send', text: 'by the other way' });
      await other.hears('by the other way');

      expect(other.linksOf('by the other way')).toEqual(['eth1']);
    }),
  );

  test(
    'of one kind to several hosts on one interface share the port',
    joined(async (one) => {
      const third = await Station.start(built.program);
      try {
        await plugCable(one, third, 'eth1', 2);
        const opened = await one.ask({
          ask: 'open',
          specs: [ucast('eth0', '10.1.0.2'), ucast('eth0', '10.1.0.3'), ucast('eth1', '10.2.0.2')],
        });
        expect(opened).toEqual(['ucast eth0', 'ucast eth0', 'ucast eth1']);
        await third.ask({ ask: 'open', specs: [ucast('eth1', '10.2.0.1')] });
        await third.ask({ ask: 'send', text: 'from the third' });
        await one.hears('from the third');
        expect(one.linksOf('from the third')).toEqual(['eth1']);
      } finally {
        await third.stop();
      }
    }),
  );
});

const ownTimes: readonly [string, MediumSpec, number][] = [
  ['by bcast', bcast('eth0'), 1],
  ['by mcast with loop', mcast('eth0', true), 1],
  ['not by mcast without loop', mcast('eth0'), 0],
  ['not by ucast', ucast('eth0', '10.1.0.2'), 0],
];

describe.concurrent.each(ownTimes)('a station hears itself', (how, spec, times) => {
  test(
    how,
    joined(async (one, other) => {
      await open(one, spec);
      await open(other, bcast('eth0'), mcast('eth0'));

      await one.ask({ ask: 'send', text: 'own' });
      await other.hears('own');
      await other.ask({ ask: 'send', text: 'answer' });
      await one.hears('answer');

      expect(one.linksOf('own')).toHaveLength(times);
    }),
  );
});

describe.concurrent('a datagram', () => {
  test(
    'of the largest size arrives; a larger one is told to be too long',
    joined(async (one, other) => {
      await open(one, ucast('eth0', '10.1.0.2'));
      await open(other, ucast('eth0', '10.1.0.1'));
      const largest = 'x'.repeat(65_507);

      await isHeardAgain(one, other, 'neighbours know each other');
      await one.ask({ ask: 'send', text: largest });
      await other.hears(largest);
      await one.ask({ ask: 'send', text: `${largest}x` });
      await one.until('it is told', () => one.lines.length === 2);

      expect(one.lines[1]).toBe(
        'ERROR: write_child: write failure on ucast eth0.: Message too long',
      );
    }),
  );
});

describe.concurrent('a service address', () => {
  test(
    'that comes to an interface leaves its media as they are',
    joined(async (one, other) => {
      await plugCable(one, other, 'eth1', 2);
      await open(one, bcast('eth0'), bcast('eth1'));
      const startsOf = (iface: string): number =>
        one.lines.filter((line) => saysStarted(line) && line.endsWith(iface)).length;

      await one.ip('addr', 'add', '10.9.0.1/32', 'dev', 'eth0', 'label', 'eth0:0');
      await one.ip('addr', 'flush', 'dev', 'eth1');
      await giveAddress(one, 'eth1', '10.3.0.1');
      await one.until('eth1 was opened again', () => startsOf('eth1') === 2);

      expect(startsOf('eth0')).toBe(1);
    }),
  );
});

describe.concurrent('opening', () => {
  test(
    'tells in words what C tells',
    joined(async (one, other) => {
      await open(one, bcast('eth0'), mcast('eth0'), ucast('eth0', '10.1.0.2'));
      await open(other, bcast('eth0'));
      await one.until('three lines', () => one.lines.length >= 3);

      expect(one.lines).toEqual([
        'info: glib: UDP Broadcast heartbeat started on port 694 (694) interface eth0',
        'info: glib: UDP multicast heartbeat started for group 225.0.0.15 port 694 interface eth0 (ttl=1 loop=0)',
        'info: glib: ucast: started on port 694 interface eth0 to 10.1.0.2',
      ]);
    }),
  );

  test(
    'fails for each medium whose port is busy, and then holds nothing',
    joined(async (one, other) => {
      await open(one, bcast('eth0'));
      await open(other, bcast('eth0'));

      expect(await one.ask({ ask: 'open', specs: [ucast('eth0', '10.1.0.2')] })).toEqual([
        { medium: 'ucast eth0', why: 'Address already in use' },
      ]);
      await one.ask({ ask: 'close' });
      expect(await one.ask({ ask: 'open', specs: [ucast('eth0', '10.1.0.2')] })).toEqual([
        'ucast eth0',
      ]);
    }),
  );

  test(
    'fails for every medium that cannot be, and says why',
    joined(async (one) => {
      await one.ip('link', 'add', 'bare', 'type', 'bridge');
      const specs = [bcast('eth7'), bcast('bare'), mcast('eth7'), ucast('eth0', 'no-such.invalid')];

      expect(await one.ask({ ask: 'open', specs })).toEqual([
        { medium: 'bcast eth7', why: 'No such device' },
        { medium: 'bcast bare', why: 'no IPv4 address' },
        { medium: 'mcast eth7', why: 'No such device' },
        { medium: 'ucast eth0', why: 'cannot resolve hostname no-such.invalid' },
      ]);
    }),
  );

  test(
    'of mcast waits for an address, tells so once, and happens when it appears',
    joined(async (one, other) => {
      await one.ip('addr', 'flush', 'dev', 'eth0');
      await open(one, mcast('eth0'));
      await open(other, mcast('eth0'));
      await one.ask({ ask: 'send', text: 'lost' });
      await giveAddress(one, 'eth0', '10.1.0.1');

      await bothHear(one, other, 'after');
      expect(one.lines).toEqual([
        'WARN: mcast eth0 waits until eth0 has an IPv4 address',
        expect.stringMatching(/^info: glib: UDP multicast heartbeat started for group/),
      ]);
      expect(other.linksOf('lost')).toEqual([]);
    }),
  );

  test(
    'of mcast waits while another medium works',
    joined(async (one, other) => {
      await one.ip('link', 'add', 'bare', 'type', 'bridge');
      await open(one, bcast('eth0'), mcast('bare'));
      await open(other, bcast('eth0'));

      await bothHear(one, other, 'meanwhile');
    }),
  );

  test(
    'of ucast needs no address, and datagrams flow once there is one',
    joined(async (one, other) => {
      await one.ip('addr', 'flush', 'dev', 'eth0');
      await open(one, ucast('eth0', '10.1.0.2'));
      await open(other, ucast('eth0', '10.1.0.1'));
      await giveAddress(one, 'eth0', '10.1.0.1');

      await bothHear(one, other, 'after');
    }),
  );

  test(
    'works on an interface that is down, and goes on when it is up',
    joined(async (one, other) => {
      await one.ip('link', 'set', 'eth0', 'down');
      await open(one, bcast('eth0'));
      await open(other, bcast('eth0'));

      await one.ip('link', 'set', 'eth0', 'up');

      await bothHear(one, other, 'up');
    }),
  );
});

describe.concurrent('closing', () => {
  test(
    'lets go what was sent just before',
    joined(async (one, other) => {
      await open(one, bcast('eth0'));
      await open(other, bcast('eth0'));

      void one.ask({ ask: 'send', text: 'farewell' });
      await one.ask({ ask: 'close' });

      await other.hears('farewell');
      expect(other.linksOf('farewell')).toEqual(['eth0']);
    }),
  );

  test(
    'by the signal frees the ports',
    joined(async (one, other) => {
      await open(one, bcast('eth0'), mcast('eth0'));
      await open(other, bcast('eth0'));

      await one.ask({ ask: 'abort' });

      expect(await one.ip('-o', 'link', 'show', 'eth0')).toContain('eth0');
      expect(await one.ask({ ask: 'open', specs: [ucast('eth0', '10.1.0.2')] })).toEqual([
        'ucast eth0',
      ]);
    }),
  );
});
