/** `heartbeat --fence-test NODE`: asks the fencing device of this machine what it would do, and has it do nothing. */
import { workingDirectory } from '../agents/run-script.ts';
import { scriptEnvironment } from '../agents/script-environment.ts';
import type { FencingDevice, Settings } from '../config/settings.ts';
import type { LogLine } from '../log-line.ts';
import type { Device } from '../stonith/device.ts';
import { openDevice, stonithPlaces } from '../stonith/plugins.ts';
import type { NodeName } from '../units.ts';
import type { Answer } from './control.ts';
import { loadConfig, type LoadOptions } from './load-config.ts';
import type { Paths } from './paths.ts';
import { bareAgentPlaces } from './places.ts';
import { problemLines } from './problem-lines.ts';

const failedStatus = 1;
const notConfigured = 6;

/**
 * Status 0 when the device is operational and controls `node` (or takes any); 1 when not, or when `node` is none of
 * ours; 6 when the files have errors or name no device for this machine. Needs the rights that the device needs.
 */
export async function fenceTest(
  where: Paths,
  options: LoadOptions,
  node: NodeName,
): Promise<Answer> {
  const { problems, self, settings } = await loadConfig(
    where,
    await bareAgentPlaces(where),
    options,
  );
  if (settings === undefined) {
    return { status: notConfigured, stderr: problemLines(problems).map(lineText).join('') };
  }
  const { device } = settings;
  if (device === undefined)
    return { status: notConfigured, stderr: `ha.cf has no stonith device for ${self}\n` };
  if (node === self || !settings.haCf.nodes.includes(node)) {
    return { status: failedStatus, stderr: `${node} is not another node of this cluster\n` };
  }
  const lines: LogLine[] = [];
  const opened = await open(where, self, { settings, device }, (line) => lines.push(line));
  const said = await ask(opened, device, node);
  const text = [...lines.map(lineText), ...said.lines.map((line) => `${line}\n`)].join('');
  return { status: said.isGood ? 0 : failedStatus, stdout: text };
}

const lineText = ({ level, text }: LogLine): string => `${level}: ${text}\n`;

async function open(
  where: Paths,
  self: NodeName,
  { device, settings }: { readonly device: FencingDevice; readonly settings: Settings },
  log: (line: LogLine) => void,
): Promise<Device | undefined> {
  const environment = scriptEnvironment({
    ...settings.haCf,
    inherited: process.env,
    node: self,
    haDirectory: where.configDir,
    fifo: where.fifo,
  });
  const directory = await workingDirectory(where.coreDir);
  const { timeout: limit } = settings.extensions.fencing;
  return openDevice(device, { environment, directory, limit, places: stonithPlaces, log });
}

interface Said {
  readonly isGood: boolean;
  readonly lines: readonly string[];
}

async function ask(
  device: Device | undefined,
  { type }: FencingDevice,
  node: NodeName,
): Promise<Said> {
  if (device === undefined) return { isGood: false, lines: [`${type}: its program has gone`] };
  const { signal } = new AbortController();
  const id = await device.id(signal);
  const fault = await device.status(signal);
  const hosts = await device.hosts(signal);
  const isControlled = hosts === undefined || hosts.includes(node);
  return {
    isGood: fault === undefined && isControlled,
    lines: [
      `STONITH device ${type} [${id}]: ${fault === undefined ? 'operational' : `not operational: ${fault}`}`,
      hosts === undefined
        ? 'it takes any node, or does not say which'
        : `it controls ${hosts.join(' ')}: ${isControlled ? '' : 'not '}${node}`,
      ...(type === 'null' ? ['null resets nobody: it is for tests'] : []),
    ],
  };
}
