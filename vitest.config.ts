import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';
import { chooseTemporaryDirectory } from './test/support/files-in-memory.ts';

// Of the set-up, the workers and what they start. At night files are on a disk.
process.env['TMPDIR'] = chooseTemporaryDirectory();

const common = {
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // Two cores are what the smallest runner has; more workers use them while the others wait for a deadline.
  maxWorkers: 4,
  // The files of a worker share what they import, which was a third of their processor time. So nothing may be
  // left behind in a module: what a file changes it puts back.
  isolate: false,
  // What a test leaves behind it is short-lived, and there is much of it: a larger nursery is collected less often,
  // which was a tenth of the workers' processor time. The SQL parser's WebAssembly is not optimised, as in the program
  // itself: that would cost every worker more than it saves.
  execArgv: ['--max-semi-space-size=32', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'],
} satisfies UserWorkspaceConfig['test'];

/**
 * Unit tests touch no service. The others share one PostgreSQL cluster and their workers. Projects run in the order of
 * their names, so the long files are taken first and the short ones even out the end.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'services',
          // Without JSX Node runs the sources as they are, as it runs the program: a worker is sooner there.
          experimental: { viteModuleRunner: false },
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts', 'test/support/build-program.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/unit/**/*.test.{ts,tsx}'],
        },
      },
    ],
  },
});
