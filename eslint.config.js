import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const bannedEverywhere = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'TSEnumDeclaration', message: 'A union of strings, not an enum.' },
  { selector: 'ExportAllDeclaration', message: 'Import from where it is defined.' },
  { selector: 'ExportNamedDeclaration[source]', message: 'Import from where it is defined.' },
];
const bannedInPureRooms = [
  ...bannedEverywhere,
  { selector: 'AwaitExpression', message: 'The core is pure: no await.' },
  { selector: ':function[async=true]', message: 'The core is pure: no async.' },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Use src/random.ts.',
  },
];
const impureGlobals = [
  'Date',
  'process',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'Promise',
  'console',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'typeLike', format: ['PascalCase'] },
        { selector: ['function', 'classProperty', 'classMethod'], format: ['camelCase'] },
      ],
      // isolatedDeclarations wants these annotations.
      '@typescript-eslint/no-inferrable-types': 'off',
      'no-param-reassign': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...bannedEverywhere],
    },
  },
  {
    files: ['src/**/*.ts', 'lab/**/*.ts', 'sim/**/*.ts'],
    rules: {
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      // A flat switch over a union counts once.
      complexity: ['error', { max: 12, variant: 'modified' }],
    },
  },
  {
    files: [
      'src/{config,message,membership,haresources,fencing,heartbeat}/**/*.ts',
      'src/*.ts',
      'sim/**/*.ts',
    ],
    // Hands out the seeds to processes.
    ignores: ['sim/main.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...bannedInPureRooms],
      'no-restricted-globals': ['error', ...impureGlobals],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
  {
    // Tools that want a default export.
    files: ['*.config.ts', '*.config.js', '.dependency-cruiser.mjs'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
