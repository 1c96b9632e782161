import { defineConfig } from 'vitest/config';

/** By day they take a share of what there is to try: `test/support/thoroughness.ts`. */
const THOROUGH = [
  'test/unit/audit/tampering.test.ts',
  'test/unit/bot/{slack,teams}/hostile-cards.test.ts',
  'test/unit/bot/{cards/cards,slack/escape}.test.ts',
  'test/unit/broker/row-rewriter.test.ts',
  'test/unit/broker/ssh/{command-output,pump,terminal-lines,terminal-watch}.test.ts',
  'test/unit/broker/ssh/guided/{guided-tricks,keys,line-editor,screen}.test.ts',
  'test/unit/broker/ssh/sftp/{codec,relay}.test.ts',
  'test/unit/policies/{access-explain,access-windows,sql-analyze}.test.ts',
  'test/unit/recording/{crash-anywhere,journal,recover,round-trip,safe-terminal,tampering}.test.ts',
  'test/integration/access/{holds,races}.test.ts',
  'test/integration/recording/object-storage.test.ts',
  'test/integration/broker/{equivalence,masks}.test.ts',
  'test/integration/broker/ssh/{channel-attacks,connections,corpus,exec-bulk}.test.ts',
  'test/e2e/{demo/tour,server/bad-configuration}.test.ts',
];

/** Long runs, by hand or at night: `npm run test:soak`. */
export default defineConfig({
  test: {
    name: 'soak',
    pool: 'forks',
    // A leak is told from garbage by collecting before measuring.
    execArgv: ['--expose-gc'],
    include: ['test/soak/**/*.test.ts', ...THOROUGH],
    env: { SALLYPORT_THOROUGH: '1' },
    globalSetup: ['test/support/global-setup.ts', 'test/support/build-program.ts'],
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
});
