/** The built-in agent MailTo: tells somebody that a group comes or goes. No mail is worth a group: nothing here fails, and nothing waits. */
import { hostname } from 'node:os';
import { fail, succeed } from '../result.ts';
import { seconds } from '../units.ts';
import { type BuiltIn, wordsOf } from './built-in.ts';
import { type ScriptCall, runScript } from './run-script.ts';
import type { LogLine } from '../log-line.ts';

/** A mail server that does not answer. */
const mailLimit = seconds(60);

export interface MailOptions extends Pick<ScriptCall, 'environment' | 'directory'> {
  readonly log: (line: LogLine) => void;
}

/**
 * `MailTo::address[::subject]`, through the command mail(1): when the resource starts and when it stops, each once. Without the command,
 * or when it fails, there is a warning in the log (C breaks the group: spec resources 14).
 */
export function mailToAgent(options: MailOptions): BuiltIn {
  /** Bounded by the resources in haresources. */
  const started = new Set<string>();
  return (args) => {
    const [address = '', subject = 'Resource Group', ...more] = args;
    if (address === '' || address.startsWith('-')) {
      return fail(`"${address}" is not an address for mail`);
    }
    if (more.length > 0) return fail('at most two arguments: MailTo::root@localhost::subject');
    const key = args.join('::');
    const tell = (what: string): void => {
      void send(options, address, `${subject} ${what}`);
    };
    return succeed({
      start: () => {
        if (!started.has(key)) tell('Takeover in progress');
        started.add(key);
        return Promise.resolve({ kind: 'done' });
      },
      stop: () => {
        if (started.delete(key)) tell('Migrating resource away');
        return Promise.resolve({ kind: 'done' });
      },
      status: () => Promise.resolve({ kind: started.has(key) ? 'running' : 'stopped' }),
    });
  };
}

async function send(
  { directory, environment, log }: MailOptions,
  address: string,
  subject: string,
): Promise<void> {
  const now = new Date().toISOString();
  const node = environment['HA_CURHOST'] ?? hostname();
  const end = await runScript({
    path: 'mail',
    args: ['-s', `${subject} at ${now} on ${node}`, address],
    input: `${subject}\n\nNode: ${node}\nTime: ${now}\n`,
    environment,
    directory,
    limit: mailLimit,
    stdout: 'capture-all',
    log: undefined,
  });
  if (end.kind === 'exited' && end.code === 0) return;
  log({ level: 'WARN', text: `MailTo: no mail to ${address}: ${wordsOf(end)}` });
}
