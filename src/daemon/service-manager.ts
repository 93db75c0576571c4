/** What systemd is told, where it asks for it (`Type=notify`): sd_notify(3), one datagram for each word. */
import type { SendDatagram } from './syslog.ts';

/** `up` when the media are open, `leaving` when the node gives up its resources. */
export type Phase = 'up' | 'leaving';

const words: Readonly<Record<Phase, string>> = { up: 'READY=1', leaving: 'STOPPING=1' };

/** Tells the service manager; does nothing where there is none, and a manager that does not listen is not waited for. */
export function tellServiceManager(
  phase: Phase,
  send: SendDatagram,
  socket: string | undefined = process.env['NOTIFY_SOCKET'],
): void {
  if (socket === undefined || socket === '') return;
  send(socket, Buffer.from(`${words[phase]}\nMAINPID=${String(process.pid)}\n`));
}
