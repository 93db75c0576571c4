// The client of a test: asks ADDRESS every MILLISECONDS on a new connection until its stdin ends, then says how often it
// asked and how many questions had no answer within a second.
import { connect } from 'node:net';
import { clearInterval, setInterval } from 'node:timers';

const [address, millis] = process.argv.slice(2);
const patience = 1000;
let asked = 0;
let failed = 0;
let open = 0;
let hasEnded = false;

const timer = setInterval(ask, Number(millis));
process.stdin.resume().on('end', () => {
  clearInterval(timer);
  hasEnded = true;
  tell();
});

function ask() {
  asked += 1;
  open += 1;
  let page = '';
  const socket = connect({ host: address, port: 80 });
  socket.setTimeout(patience, () => socket.destroy());
  socket.on('connect', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  socket.on('data', (text) => (page += text.toString()));
  socket.on('error', () => socket.destroy()); // no answer: that is what is counted
  socket.on('close', () => {
    open -= 1;
    if (!page.includes('served by')) failed += 1;
    tell();
  });
}

function tell() {
  if (hasEnded && open === 0) process.stdout.write(`${asked} asked, ${failed} failed\n`);
}
