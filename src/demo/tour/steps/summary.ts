import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { fieldOf } from '../chat.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const SUMMARY: Step = {
  name: 'summary',
  run: async ({ notebook }) => {
    const { carol } = notebook.recall('players');
    const thread = notebook.recall('requestMessageId');
    const message = await waitFor('The summary in the incident thread', async () => {
      const messages = (await carol.chat.messages(INCIDENT_CHANNEL)) ?? [];
      const summaries = messages.filter(
        (one) => one.threadOf === thread && fieldOf(one, 'Duration') !== null,
      );
      hold(summaries.length < 2, `${summaries.length} summaries were posted`);
      return summaries[0] ?? null;
    });
    const sessionId = fieldOf(message, 'Session');
    hold(sessionId === notebook.recall('sessionId'), `the summary is of session ${sessionId}`);

    const { statements } = notebook;
    const expected = {
      Commands: statements.length,
      Denied: statements.filter(({ result }) => !result.ok).length,
      Held: statements.filter(({ held }) => held).length,
      Rows: statements.reduce((rows, { result }) => rows + (result.ok ? result.rows.length : 0), 0),
      // Two contact columns and one card number, in three rows each.
      'Masked cells': 9,
    };
    for (const [label, count] of Object.entries(expected)) {
      const shown = fieldOf(message, label);
      hold(shown === String(count), `the summary says ${label}: ${shown}; it was ${count}`);
    }
    const counts = Object.entries(expected).map(([label, count]) => `${count} ${label.toLowerCase()}`);
    return `in the thread of the request: ${counts.join(', ')}. ${message.card?.status}`;
  },
};
