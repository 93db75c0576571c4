/**
 * Other nodes for `ha_propagate`, without a network: programs named `ssh` and `scp` in a directory of their own, which do on
 * a directory for each node what the real ones would do on the node.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What becomes of a connection to a node: these words on stderr and status 255, or no end at all. */
type Trouble = { readonly stderr: string } | 'hangs' | 'scp-hangs';

// The last argument but one is the node for ssh, the last one for scp; $STAGE is the directory of all of this.
const ssh = `#!/bin/sh
printf '%s\\n' "ssh $*" >> "$STAGE/calls"
while [ $# -gt 2 ]; do shift; done
node=\${1#root@}
. "$STAGE/trouble"
sed "s|/etc/ha\\.d|$STAGE/$node/etc/ha.d|g" > "$STAGE/script.$$"
NODE=$node PATH="$STAGE/inner:$PATH" exec sh -c "$2" < "$STAGE/script.$$"
`;
const scp = `#!/bin/sh
printf '%s\\n' "scp $*" >> "$STAGE/calls"
while [ $# -gt 0 ]; do case $1 in -o) shift 2;; -*) shift;; *) break;; esac; done
for last; do :; done
node=\${last%%:*} node=\${node#root@}
. "$STAGE/trouble"
[ ! -f "$STAGE/$node.scp-hangs" ] || exec sleep 60
while [ $# -gt 1 ]; do
  cp "$1" "$STAGE/$node\${last#*:}" || exit 1
  shift
done
[ ! -f "$STAGE/$node.spoils" ] || echo half > "$STAGE/$node\${last#*:}/ha.cf"
`;
const trouble = `if [ -f "$STAGE/$node.hangs" ]; then exec sleep 60; fi
if [ -f "$STAGE/$node.trouble" ]; then cat "$STAGE/$node.trouble" >&2; exit 255; fi
`;

export class StandInNodes {
  readonly stage: string;
  readonly #before: NodeJS.ProcessEnv;

  private constructor(stage: string) {
    this.stage = stage;
    this.#before = { PATH: process.env['PATH'], STAGE: process.env['STAGE'] };
    process.env['PATH'] = `${join(stage, 'bin')}:${process.env['PATH'] ?? ''}`;
    process.env['STAGE'] = stage;
  }

  static async open(): Promise<StandInNodes> {
    const stage = await mkdtemp(join(tmpdir(), 'ha-propagate-'));
    await mkdir(join(stage, 'bin'));
    await mkdir(join(stage, 'inner'));
    await writeFile(join(stage, 'trouble'), trouble);
    await program(join(stage, 'bin', 'ssh'), ssh);
    await program(join(stage, 'bin', 'scp'), scp);
    await program(join(stage, 'inner', 'uname'), '#!/bin/sh\necho "${CALLED-$NODE}"\n');
    return new StandInNodes(stage);
  }

  async close(): Promise<void> {
    process.env['PATH'] = this.#before['PATH'];
    if (this.#before['STAGE'] === undefined) delete process.env['STAGE'];
    await rm(this.stage, { recursive: true });
  }

  /** The configuration directory of a node; `here` is this machine's. */
  directory(node: string): string {
    return join(this.stage, node, 'etc/ha.d');
  }

  /** Makes the node with these files; a name may carry permissions, `authkeys:600`. */
  async node(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(this.directory(name), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      const [base = '', mode = '644'] = file.split(':');
      await writeFile(join(this.directory(name), base), text);
      await chmod(join(this.directory(name), base), Number.parseInt(mode, 8));
    }
  }

  async trouble(node: string, what: Trouble): Promise<void> {
    const [kind, text] = typeof what === 'string' ? [what, ''] : ['trouble', what.stderr];
    await writeFile(join(this.stage, `${node}.${kind}`), text);
  }

  /** What comes to the node by scp is not what was sent. */
  async spoil(node: string): Promise<void> {
    await writeFile(join(this.stage, `${node}.spoils`), '');
  }

  /** The command lines of ssh and scp so far. */
  calls(): Promise<readonly string[]> {
    return this.#lines('calls');
  }

  /** What programs of a node wrote into `$STAGE/given`. */
  given(): Promise<readonly string[]> {
    return this.#lines('given');
  }

  async #lines(file: string): Promise<readonly string[]> {
    const text = await readFile(join(this.stage, file), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }
}

async function program(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}
