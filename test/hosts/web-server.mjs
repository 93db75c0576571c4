// The service of the tests: a page that says which host answers. Says `listening` on stdout, and closes it.
import { closeSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';

const page = `HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nserved by ${hostname()}\n`;
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy()); // the client went away, or the address did
  socket.once('data', () => socket.end(page));
});
server.listen(80, () => {
  writeSync(1, 'listening\n');
  closeSync(1);
});
