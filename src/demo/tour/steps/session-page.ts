import type { Timeline } from '../../../web/wire.ts';
import { readApi } from '../api.ts';
import { hold, type Step } from '../step.ts';

export const SESSION_PAGE: Step = {
  name: 'session page',
  run: async ({ notebook, publicUrl }) => {
    const { carol } = notebook.recall('players');
    const id = encodeURIComponent(notebook.recall('sessionId'));
    const page = await carol.browser.visit(new URL(`/sessions/${id}`, publicUrl));
    hold(page.status === 200 && page.text.includes('<script'), `the page answered ${page.status}`);

    const timeline = await readApi<Timeline>(
      { browser: carol.browser, publicUrl },
      `sessions/${id}/timeline`,
    );
    const { statements } = notebook;
    hold(timeline.complete, 'the timeline is not complete');
    hold(
      timeline.entries.length === statements.length,
      `${timeline.entries.length} statements are shown, ${statements.length} were sent`,
    );
    for (const [place, { text, result, held }] of statements.entries()) {
      const entry = timeline.entries[place];
      const verdict = held ? 'review' : result.ok ? 'allow' : 'deny';
      hold(entry?.text.replace(/;$/, '') === text, `statement ${place + 1} is shown as ${entry?.text}`);
      hold(
        entry?.action === verdict,
        `statement ${place + 1} is shown with ${entry?.action}, it was ${verdict}`,
      );
    }
    const denials = timeline.entries.filter((entry) => entry.action === 'deny').map((entry) => entry.rule);
    return `Carol sees ${statements.length} statements with their verdicts; denied by ${denials.join(', ')}`;
  },
};
