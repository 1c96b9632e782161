import { isAppError } from '../../../core/errors.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const DONE: Step = {
  name: 'done',
  run: async ({ notebook, sqlClient }) => {
    const { alice } = notebook.recall('players');
    const subject = notebook.recall('grantId');
    const open = notebook.recall('sqlSession');
    let over = false;
    void open.ended.then(() => {
      over = true;
    });
    const { reply } = await alice.chat.click(`@${alice.personId}`, { action: 'done', subject });
    await waitFor('The end of the open connection', async () => {
      // psql looks at its connection only when it has something to say.
      if (!over) await open.run('SELECT 1').catch(() => undefined);
      return over ? true : null;
    });
    const refusal = await sqlClient.connect(notebook.recall('connectionUrl')).then(
      () => null,
      (error: unknown) => (isAppError(error) ? error.message : String(error)),
    );
    hold(refusal !== null, 'a new connection was accepted after done');
    return `${reply?.text} The open connection was closed; a new one was answered: ${refusal}`;
  },
};
