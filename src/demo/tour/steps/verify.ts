import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hold, type Step } from '../step.ts';
import { runVerifier } from '../verifier.ts';

export const VERIFY: Step = {
  name: 'verify',
  run: async ({ notebook, publicUrl, directory }) => {
    const { browser } = notebook.recall('players').carol;
    const id = encodeURIComponent(notebook.recall('sessionId'));
    const recording = join(directory, 'session.sprec');
    const key = join(directory, 'signing-key.pub');
    writeFileSync(recording, await browser.download(new URL(`/api/v1/sessions/${id}/recording`, publicUrl)));
    writeFileSync(key, await browser.download(new URL('/api/v1/keys/signing', publicUrl)));
    notebook.note('recordingFile', recording);
    notebook.note('keyFile', key);
    const { ok, said } = await runVerifier({ recording, key });
    hold(ok, `the recording does not verify: ${said}`);
    return said.split('\n')[0] ?? '';
  },
};
