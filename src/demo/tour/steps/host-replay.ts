import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Timeline, WireSession } from '../../../web/wire.ts';
import { readApi } from '../api.ts';
import { hold, type Step } from '../step.ts';
import { runVerifier } from '../verifier.ts';
import { waitFor } from '../wait-for.ts';

export const HOST_REPLAY: Step = {
  name: 'host replay',
  run: async ({ notebook, publicUrl, directory }) => {
    const { alice, carol } = notebook.recall('players');
    const subject = notebook.recall('hostGrantId');
    await alice.chat.click(`@${alice.personId}`, { action: 'done', subject });
    const from = { browser: carol.browser, publicUrl };
    const path = `sessions?request=${encodeURIComponent(notebook.recall('hostRequestId'))}`;
    const sessions = await waitFor('The end of the sessions', async () => {
      const { items } = await readApi<{ items: WireSession[] }>(from, path);
      return items.length > 0 && items.every((one) => !one.live) ? items : null;
    });
    const key = join(directory, 'signing-key.pub');
    writeFileSync(key, await carol.browser.download(new URL('/api/v1/keys/signing', publicUrl)));
    const seen: string[] = [];
    for (const { id } of sessions) {
      const timeline = await readApi<Timeline>(from, `sessions/${encodeURIComponent(id)}/timeline`);
      hold(timeline.complete, `the timeline of ${id} is not complete`);
      seen.push(...timeline.entries.map(({ text }) => text));
      const recording = join(directory, `${id}.sprec`);
      const address = new URL(`/api/v1/sessions/${encodeURIComponent(id)}/recording`, publicUrl);
      writeFileSync(recording, await carol.browser.download(address));
      const { ok, said } = await runVerifier({ recording, key });
      hold(ok, `the recording of ${id} does not verify: ${said}`);
    }
    for (const wanted of ['rm -r logs', 'touch app/restart.txt', 'tail -n 1 logs/checkout.log'])
      hold(seen.includes(wanted), `${wanted} is in no recording; there are ${seen.join(' · ')}`);
    return `Carol sees ${seen.length} commands and files in ${sessions.length} sessions, and each recording verifies`;
  },
};
