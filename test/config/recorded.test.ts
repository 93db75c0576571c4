import { describe, expect, test } from 'vitest';
import { parseAuthKeys } from '../../src/config/auth-keys.ts';
import { cLinesOf } from '../../src/config/format-problem.ts';
import { parseHaCf } from '../../src/config/ha-cf.ts';
import { parseHaresources } from '../../src/config/haresources.ts';
import { hasErrors, type Problem } from '../../src/config/problem.ts';
import { nodeName } from '../../src/units.ts';
import {
  configCases,
  corpus,
  inEnglish,
  judge,
  machine,
  sourcesOf,
  type ConfigCase,
} from './recorded.ts';

const errorsOf = (problems: readonly Problem[]): readonly string[] =>
  problems.filter((problem) => problem.severity === 'error').map(inEnglish);

/** The node's name as the shell reads it: the first line of nodeinfo, if it is a whole line. */
function selfOf({ node = 'node1', nodeInfo }: ConfigCase): string {
  return /^([^\n]*)\n/.exec(nodeInfo ?? '')?.[1] ?? node;
}

function judgeCase(recorded: ConfigCase): readonly Problem[] {
  const sources = sourcesOf({
    ...recorded,
    mode: Number.parseInt(recorded.mode ?? '600', 8),
    uid: recorded.owner === undefined ? 0 : 110,
  });
  return judge(sources, { ...machine, self: nodeName(selfOf(recorded)) }).problems;
}

/** Where our verdict is another one, and why (docs/configuration.md, "Differences"). */
const otherVerdicts: ReadonlyMap<string, string> = new Map([
  ['047-line-too-long', 'a line may be longer than 5119 bytes: warned, not cut (config 15)'],
  ['048-line-long-ok', 'an over-long comment is one comment (config 15)'],
  ['049-long-comment-spill', 'an over-long comment is one comment (config 15)'],
  ['124-mcast-port-big', 'no port is 70000: refused, not taken modulo 65536 (config 16, better)'],
  ['149-udpport-big', 'no port is 70000: refused, not taken modulo 65536 (config 16, better)'],
  ['156-ping-only', 'a ping node carries no heartbeats (config 16, better)'],
  ['159-hopfudge-word', 'a word is no number: refused, not taken for 0 (config 16, better)'],
  ['162-mcast-no-address-yet', 'the start does not wait: the link opens later (config 15)'],
  ['192-debug-word', 'a word is no number: refused, not taken for 0 (config 16, better)'],
  ['246-crm-daemon-dir-alone', 'the test for the order is inverted in C (config 4)'],
]);

/** C texts that ours need not carry, for the same verdict. */
const otherWords: ReadonlyMap<string, string> = new Map([
  ['006-crm-respawn', 'Pacemaker is refused in plain words, not because its programs are missing'],
  ['132-mcast-commas', 'operands are missing, for commas do not separate here: that is said'],
  ['138-ucast-unknown-interface', 'C notices only after its start command has returned'],
  ['142-serial-not-a-device', 'serial is refused whatever the device is'],
  ['143-serial-null', 'serial is refused whatever the device is'],
  ['222-coreroot-relative', 'a second text says the same'],
  ['049-long-comment-spill', 'accepted by us'],
]);

/** Log lines of the method plug-ins, and the last words that the command adds to any error. */
const machinery = /^(?:LoadPlugin|Lookup|Table size|Authentication configuration error)/;

describe('the recorded cases of C heartbeat', () => {
  test.each(configCases.map((recorded) => [recorded.name, recorded] as const))(
    '%s has the same verdict',
    (name, recorded) => {
      const errors = errorsOf(judgeCase(recorded));
      const accepted = otherVerdicts.has(name) ? !recorded.accepted : recorded.accepted;

      expect({ accepted: errors.length === 0, errors }).toMatchObject({ accepted });
    },
  );

  const refused = configCases.filter(
    ({ name, accepted }) => !accepted && !otherVerdicts.has(name) && !otherWords.has(name),
  );
  test.each(refused.map((recorded) => [recorded.name, recorded] as const))(
    '%s is refused in the words of C',
    (_, recorded) => {
      const said = judgeCase(recorded).flatMap(cLinesOf).join('\n');
      const missing = recorded.errors.filter(
        (line) => !machinery.test(line) && !said.includes(line.replace(/ ?\.\.\.$/, '')),
      );

      expect(missing).toEqual([]);
    },
  );
});

/** Lines of the corpus on which the daemon cannot start here, although C does. */
const refusedLines = /^\s*(?:(?:crm|pacemaker)\s+(?!off|no|false)|serial\s)/m;

describe('the files that people have published', () => {
  test.each(corpus.haCf.map((file) => [file.name, file] as const))(
    'ha.cf %s is refused only where C refuses it, or for Pacemaker or a serial line',
    (_, { text, accepted }) => {
      const errors = errorsOf(parseHaCf(text, 'ha.cf').problems);

      expect({ refused: errors.length > 0, errors }).toMatchObject({
        refused: refusedByFileAlone(text, accepted),
      });
    },
  );

  function refusedByFileAlone(text: string, accepted: boolean): boolean {
    // The interface "//..." is refused with the machine at hand, not by the file alone.
    const ofTheMachine = text.includes('bcast //');
    return refusedLines.test(text) || (!accepted && !ofTheMachine);
  }

  test.each(corpus.authKeys.map((file) => [file.name, file] as const))(
    'authkeys %s has the same verdict',
    (_, { text, accepted }) => {
      expect(hasErrors(parseAuthKeys(text, 'authkeys').problems)).toBe(!accepted);
    },
  );

  test.each(corpus.haresources.map((file) => [file.name, file] as const))(
    'haresources %s gives the groups of ResourceManager',
    (_, { text, lines }) => {
      const nodes = lines.map((line) => nodeName(line.split(' ')[0] ?? ''));
      const { value } = parseHaresources(text, 'haresources', { nodes, pingNodes: [] });
      const ours = value.map(({ owner, resources }) =>
        [owner, ...resources.map((resource) => resource.text)].join(' '),
      );

      expect(ours).toEqual(lines.filter((line) => line.includes(' ')));
    },
  );
});
