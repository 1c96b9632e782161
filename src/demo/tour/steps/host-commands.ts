import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { WireHold } from '../../../web/wire.ts';
import { APP_CONFIG, RESTART_FILE, SAMPLE_ACCESS_KEY } from '../../sample-host/sample-files.ts';
import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readApi } from '../api.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

const REFUSED_STATUS = 126;
const RESTART = `touch ${RESTART_FILE}`;

export const HOST_COMMANDS: Step = {
  name: 'host commands',
  run: async ({ notebook, publicUrl, host }) => {
    const { bob } = notebook.recall('players');
    const client = notebook.recall('hostClient');
    const config = await client.command(`cat ${APP_CONFIG}`);
    hold(config.status === 0 && config.output.includes('workers = 4'), `cat said: ${config.errors}`);
    hold(!config.output.includes(SAMPLE_ACCESS_KEY), 'the access key in the file was shown');

    const refused = await client.command('rm -r logs');
    hold(refused.status === REFUSED_STATUS, `rm -r ended with ${refused.status}: ${refused.errors}`);

    const restartFile = join(host.home, RESTART_FILE);
    const touchedBefore = statSync(restartFile).mtimeMs;
    const answer = client.command(RESTART);
    // It is looked at below, once it has been approved.
    answer.catch(() => undefined);
    const held = await waitFor('The held command', async () => {
      const from = { browser: bob.browser, publicUrl };
      const { items } = await readApi<{ items: WireHold[] }>(from, 'holds?state=held');
      return items.find((one) => one.text === RESTART) ?? null;
    });
    const subject = `${held.id}.${held.textSha256}`;
    const { reply } = await bob.chat.click(INCIDENT_CHANNEL, { action: 'approve-once', subject });
    hold(reply?.tone === 'good', `Bob's approval was answered: ${reply?.text}`);
    const { status, errors } = await answer;
    hold(status === 0, `the approved command ended with ${status}: ${errors}`);
    hold(statSync(restartFile).mtimeMs > touchedBefore, 'the approved command did nothing');
    return `a key in a file was masked; ${refused.errors.trim()} · ${held.rule} held ${RESTART} until Bob had approved`;
  },
};
