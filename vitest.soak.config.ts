import { defineConfig } from 'vitest/config';

/** Long runs, by hand or at night: `npm run test:soak`. */
export default defineConfig({
  test: {
    name: 'soak',
    pool: 'forks',
    // A leak is told from garbage by collecting before measuring.
    execArgv: ['--expose-gc'],
    include: ['test/soak/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts', 'test/support/build-program.ts'],
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
