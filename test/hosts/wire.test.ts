/** The wire of the other tests does to heartbeat's datagrams what they ask for, and to nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHosts, type Hosts } from '../../lab/hosts.ts';
import { exitCode } from './pair.ts';
import { Wire, type Weather } from './wire.ts';

const count = 200;
/** Sends 200 numbered datagrams to a port. */
const send = String.raw`
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for i in range(${String(count)}):
    s.sendto(b'%d' % i, (sys.argv[1], int(sys.argv[2])))
    time.sleep(0.002)
`;
/** Prints the numbers in the order of their arrival, until a second has passed without one. */
const receive = String.raw`
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', int(sys.argv[1])))
s.settimeout(15)
print('bound', flush=True)
while True:
    try:
        print(int(s.recv(100)), flush=True)
    except socket.timeout:
        break
    s.settimeout(1)
`;

describe('the wire', () => {
  let hosts: Hosts;
  let wire: Wire;
  beforeAll(async () => {
    hosts = await createHosts({
      nodes: [
        { name: 'wire1', addresses: ['172.16.100.6/16'] },
        { name: 'wire2', addresses: ['172.16.100.7/16'] },
      ],
    });
    wire = await Wire.lay(hosts.client, 7);
  });
  afterAll(() => hosts.down());

  /** What arrives at a port of the second host of what the first one sends. */
  async function arrivals(port: number, to = '172.16.255.255'): Promise<number[]> {
    const receiver = hosts.host('wire2').spawn('python3', ['-c', receive, String(port)]);
    let output = '';
    const ended = new Promise((resolve) => receiver.once('close', resolve));
    const bound = new Promise<void>((resolve) => {
      receiver.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.startsWith('bound\n')) resolve();
      });
    });
    await bound;
    const outcome = await hosts.host('wire1').run('python3', ['-c', send, to, String(port)]);
    expect(exitCode(outcome)).toBe(0);
    await ended;
    return output.trim().split('\n').slice(1).map(Number);
  }

  const inOrder = Array.from({ length: count }, (_, index) => index);
  const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

  test('in fair weather carries everything once and in order, broadcast or not', async () => {
    await wire.set({});
    expect(await arrivals(694)).toEqual(inOrder);
    expect(await arrivals(694, '172.16.100.7')).toEqual(inOrder);
  });

  test('loses, delays and doubles what goes to port 694', async () => {
    const foul: Weather = { loss: 30, late: 50, upto: 300, doubled: 20 };
    const before = await wire.set(foul);
    const numbers = await arrivals(694);
    const after = await wire.set({});

    const lost = after.lost - before.lost;
    const doubled = after.doubled - before.doubled;
    expect(after.seen - before.seen).toBe(count);
    expect(lost).toBeGreaterThan(count / 5);
    expect(lost).toBeLessThan(count / 2);
    expect(doubled).toBeGreaterThan(0);
    expect(numbers).toHaveLength(count - lost + doubled);
    expect(numbers).not.toEqual(sorted(numbers));
  });

  test('leaves other ports, ARP and connections alone', async () => {
    await wire.set({ loss: 100 });
    expect(await arrivals(695)).toEqual(inOrder);
    await hosts.host('wire1').run('ip', ['neigh', 'flush', 'all']);
    const serve = `import socket; s = socket.create_server(('', 80)); print('up', flush=True); s.accept()[0].send(b'here')`;
    const server = hosts.host('wire2').spawn('python3', ['-c', serve]);
    await new Promise((resolve) => server.stdout.once('data', resolve));
    const ask = 'exec 3<>/dev/tcp/172.16.100.7/80 && cat <&3';
    const answer = await hosts.host('wire1').run('timeout', ['5', 'bash', '--norc', '-c', ask]);
    expect(answer).toMatchObject({ code: 0, output: 'here' });
    await wire.set({});
  });
});
