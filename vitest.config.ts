import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** An event may take its time where machines are busy. */
const poll = { timeout: 10_000 };

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // The words of problems follow the locale.
          env: { LC_ALL: 'C.UTF-8' },
          include: ['test/**/*.test.ts'],
          exclude: ['test/hosts/**'],
          testTimeout: 20_000,
          expect: { poll },
        },
      },
      {
        // Whole daemons on test hosts in network namespaces: root, two files at a time (they mostly wait), limits in minutes.
        test: {
          name: 'hosts',
          env: { LC_ALL: 'C.UTF-8' },
          include: ['test/hosts/**/*.test.ts'],
          testTimeout: 180_000,
          expect: { poll },
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
export default config;
