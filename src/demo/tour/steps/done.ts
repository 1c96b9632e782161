import { messageOf } from '../../../core/errors.ts';
import type { WireSession } from '../../../web/wire.ts';
import { readApi } from '../api.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const DONE: Step = {
  name: 'done',
  run: async ({ notebook, sqlClient, publicUrl }) => {
    const { alice } = notebook.recall('players');
    const subject = notebook.recall('grantId');
    const open = notebook.recall('sqlSession');
    const { reply } = await alice.chat.click(`@${alice.personId}`, { action: 'done', subject });
    const from = { browser: alice.browser, publicUrl };
    const path = `sessions?request=${encodeURIComponent(notebook.recall('requestId'))}`;
    const session = await waitFor('The end of the open session', async () => {
      const { items } = await readApi<{ items: WireSession[] }>(from, path);
      return items.find((one) => !one.live) ?? null;
    });
    notebook.note('sessionId', session.id);
    const onOpen = await answerTo(() => open.run('SELECT 1'));
    hold(onOpen !== null, 'the open connection still answers after done');
    const onNew = await answerTo(() => sqlClient.connect(notebook.recall('connectionUrl')));
    hold(onNew !== null, 'a new connection was accepted after done');
    return `${reply?.text} The open connection: ${onOpen} · A new one: ${onNew}`;
  },
};

/** @returns why it was refused, or null when it was not */
async function answerTo(attempt: () => Promise<object>): Promise<string | null> {
  try {
    const result = await attempt();
    return 'ok' in result && result.ok === false && 'message' in result ? String(result.message) : null;
  } catch (error) {
    return messageOf(error);
  }
}
