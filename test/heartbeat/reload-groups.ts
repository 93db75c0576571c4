/** Two nodes in virtual time, each with a haresources of its own that can be edited and read again. */
import { Cluster, type ClusterOptions } from '../../sim/cluster.ts';
import { ourNodes } from '../../sim/our-nodes.ts';
import { settingsOf, type Group } from '../../sim/settings.ts';

/** A cluster whose nodes read what is in `files` when they start, and when they are told to. */
export class EditedCluster {
  readonly cluster: Cluster;
  readonly files: Map<string, readonly Group[]>;

  /** `all`: every line that will ever be in a file, for the judge of resources that run twice. */
  constructor(all: readonly Group[], file: readonly Group[], options: ClusterOptions = {}) {
    const nodes = options.nodes ?? ['node1', 'node2'];
    const { autoFailback = 'off' } = options;
    this.files = new Map(nodes.map((name) => [name, file]));
    this.cluster = new Cluster({
      ...options,
      groups: all,
      daemon: (machine, kept) => {
        const groups = this.files.get(machine.name) ?? [];
        return ourNodes({ ...options, nodes, groups, autoFailback })(machine, kept);
      },
    });
  }

  edit(name: string, ...file: readonly Group[]): void {
    this.files.set(name, file);
  }

  /** The file is read again, as `heartbeat -r` does. */
  reload(...names: readonly string[]): void {
    for (const name of names) {
      const { haresources: groups } = settingsOf({
        nodes: [...this.files.keys()],
        groups: this.files.get(name) ?? [],
        autoFailback: 'off',
      });
      this.cluster.tell(name, { kind: 'haresources', groups });
    }
  }

  /** Both are up and hold their own. */
  started(): this {
    const { cluster } = this;
    cluster.start(...this.files.keys());
    cluster.until(() => [...this.files.keys()].every((name) => cluster.holding(name) === 'local'));
    cluster.run(6000);
    return this;
  }

  /** Starts and stops since `from`, in their order. */
  moves(from: number): readonly string[] {
    return this.cluster.runs.slice(from).filter((run) => / (start|stop) /.test(run));
  }
}
