/** Whether a web server still answers. */
import { connect } from 'node:net';
import type { Millis } from '../units.ts';
import type { Listener } from './apache-processes.ts';

/** What a server answers on its own, whatever it serves, and on a port for TLS with a complaint (RFC 9110, 9.3.7). */
const request = 'OPTIONS * HTTP/1.0\r\nUser-Agent: heartbeat\r\n\r\n';
const answerStart = 'HTTP/';

/** True when an answer has begun within `limit`; false also when `signal` aborts. Never rejects. */
export function answersHttp(
  { address, port }: Listener,
  limit: Millis,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    let heard = '';
    const end = (verdict: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
      resolve(verdict);
    };
    const giveUp = (): void => {
      end(false);
    };
    const timer = setTimeout(giveUp, limit);
    signal.addEventListener('abort', giveUp);
    socket.on('error', giveUp).on('close', giveUp);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1', 0, answerStart.length);
      if (heard.length >= answerStart.length) end(heard.startsWith(answerStart));
    });
  });
}
