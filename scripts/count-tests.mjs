/** Prints `PASSED FAILED` from the file that Vitest's JSON reporter wrote; nothing when there is none. */
import { existsSync, readFileSync } from 'node:fs';

const path = process.argv[2];
if (path !== undefined && existsSync(path)) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  // A file that failed to load has no tests, and must not count as nothing.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  console.log(`${report.numPassedTests} ${report.numFailedTests + brokenFiles.length}`);
}
