/** `sallyport verify`, run as somebody would who has the files and nothing else. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../bin/sallyport', import.meta.url));
const TIMEOUT_MS = 30_000;

/** @returns whether the recording passed, and what was printed */
export function runVerifier(files: {
  recording: string;
  key: string;
}): Promise<{ ok: boolean; said: string }> {
  return new Promise((resolve) => {
    execFile(
      COMMAND,
      ['verify', files.recording, '--public-key', files.key],
      { timeout: TIMEOUT_MS, encoding: 'utf8' },
      (error, stdout, stderr) => resolve({ ok: error === null, said: `${stdout}${stderr}`.trim() }),
    );
  });
}
