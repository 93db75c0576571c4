// Sends bad datagrams to UDP port 694: flood.mjs ADDRESS RATE SECONDS. Prints how many it has sent.
import { Buffer } from 'node:buffer';
import { createSocket } from 'node:dgram';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers';

const [, , address = '', rateWord = '0', secondsWord = '0'] = process.argv;
const perTurn = Math.ceil(Number(rateWord) / 100);
const end = performance.now() + Number(secondsWord) * 1000;

const netstring = (fields) => fields.map((field) => `${field.length}:${field},`).join('');
const status = ['(0)t=status', '(0)st=active', '(0)src=flood1', '(0)seq=ffff', '(0)hg=7fffffff'];
const payloads = [
  'rubbish',
  '###\nrubbish',
  `###\n${netstring(status)}%%%\n`,
  `###\n${netstring(status)}%%%\n40:1 00000000000000000000000000000000,`,
  `###\n${netstring(['t=status'])}%%%\n40:1 00000000000000000000000000000000,`,
  `###\n${netstring(['(9)t=status'])}%%%\n`,
  `###\n${netstring(['(0)=', ''])}%%%\n`,
  `###\n${netstring(status)}%%%\n6000:1 ${'0'.repeat(5998)},`,
  `###\n${'(2)'.repeat(400)}%%%\n`,
  `>>>\nt=status\nst=active\nsrc=flood1\nauth=1 00000000000000000000000000000000\n<<<\n`,
  `>>>\nt=status\n`,
  Buffer.alloc(1400),
].map((payload) => Buffer.from(payload));

const socket = createSocket('udp4');
let sent = 0;
const began = performance.now();

/** As many as are due by now, so a busy machine does not make the flood smaller. */
function turn() {
  const now = performance.now();
  const due = (Math.min(now, end) - began) * (Number(rateWord) / 1000);
  for (let n = 0; n < perTurn * 4 && sent < due; n += 1) {
    socket.send(payloads[sent % payloads.length] ?? payloads[0], 694, address);
    sent += 1;
  }
  if (now < end) return setTimeout(turn, 5);
  return socket.close(() => console.log(String(sent)));
}
socket.bind(0, turn);
