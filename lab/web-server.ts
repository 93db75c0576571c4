/** The page of the lab's web service: it says which host answers. */
import { closeSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { servicePort } from './cluster-files.ts';

/** Serves the page on every address of the host until it is killed. Says `listening` on stdout and closes it when it does. */
export function serveWeb(pidFile: string): void {
  const body = `served by ${hostname()}\n`;
  const length = String(Buffer.byteLength(body));
  const head = `HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n`;
  const page = `${head}Connection: close\r\n\r\n${body}`;
  const server = createServer((socket) => {
    answer(socket, page);
  });
  server.on('error', (error) => {
    process.stderr.write(`httpd: ${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(servicePort, () => {
    writeFileSync(pidFile, `${String(process.pid)}\n`);
    writeSync(1, 'listening\n');
    closeSync(1);
  });
}

function answer(socket: Socket, page: string): void {
  socket.setTimeout(2_000, () => {
    socket.destroy();
  });
  socket.on('error', () => {
    socket.destroy(); // the client went away, or the address did
  });
  socket.once('data', () => {
    socket.end(page);
  });
}
