/** The rooms: who may import whom (docs/architecture.md). Leaves are free to all. */
const leaf = '^src/(units|result|assert|random|log-line)\\.ts$';
const pure = '^(src/(config|message|membership|haresources|fencing|quorum|heartbeat)|sim)/';

/** @param {string} room @param {string[]} may */
function only(room, may) {
  return {
    name: `${room}-imports`,
    severity: 'error',
    comment: `${room} may import only its own files, the leaves and: ${may.join(', ') || 'nothing else'}`,
    from: { path: `^${room}/` },
    to: { path: '^(src|lab|sim)/', pathNot: [`^${room}/`, leaf, ...may] },
  };
}

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/cli/', '^(lab|sim)/main\\.ts$'] },
      to: {},
    },
    {
      name: 'leaves-import-nothing',
      severity: 'error',
      from: { path: leaf },
      to: { path: '.', pathNot: leaf },
    },
    only('src/config', []),
    only('src/message', []),
    only('src/membership', ['^src/message/(messages|drafts)\\.ts$']),
    only('src/haresources', ['^src/message/(messages|drafts)\\.ts$', '^src/config/settings\\.ts$']),
    only('src/fencing', []),
    only('src/quorum', ['^src/config/settings\\.ts$']),
    only('src/heartbeat', ['^src/(config|message|membership|haresources|fencing|quorum)/']),
    only('src/transport', ['^src/native/']),
    only('src/native', []),
    only('src/agents', ['^src/native/', '^src/haresources/types\\.ts$']),
    only('src/stonith', [
      '^src/agents/run-script\\.ts$',
      '^src/config/(settings|fencing-device)\\.ts$',
      '^src/fencing/types\\.ts$',
    ]),
    only('src/clients', ['^src/message/', '^src/native/']),
    only('src/daemon', [
      '^src/(config|message|heartbeat|membership|haresources|fencing|transport|agents|stonith|clients|native)/',
    ]),
    only('src/cli', ['^src/(config|clients|daemon)/']),
    only('lab', []),
    only('sim', ['^src/(config|message|membership|haresources|fencing|heartbeat)/']),
    {
      name: 'pure-rooms-do-no-io',
      severity: 'error',
      from: { path: pure, pathNot: '^sim/(main\\.ts|run\\.mjs)$' },
      to: { dependencyTypes: ['core'], path: '.', pathNot: '^(node:)?(crypto|buffer)$' },
    },
    {
      name: 'pure-rooms-use-no-package',
      severity: 'error',
      from: { path: pure },
      to: {
        dependencyTypes: [
          'npm',
          'npm-dev',
          'npm-optional',
          'npm-peer',
          'npm-no-pkg',
          'npm-unknown',
        ],
      },
    },
    {
      name: 'koffi-only-in-native',
      severity: 'error',
      from: { pathNot: '^src/native/' },
      to: { path: 'node_modules/koffi' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
