import type { WireGrant, WireRequest } from '../../../web/wire.ts';
import { INCIDENT_CHANNEL, SAMPLE_HOST } from '../../sample-policy.ts';
import { readApi } from '../api.ts';
import { chooseHostClient } from '../host/choose-host-client.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const HOST_REQUEST: Step = {
  name: 'host request',
  run: async ({ notebook, publicUrl }) => {
    const { alice, bob } = notebook.recall('players');
    const command = `/access request ${SAMPLE_HOST} as operator for 1h because "checkout is slow"`;
    const asked = await alice.chat.type(INCIDENT_CHANNEL, command);
    const subject = /\br-[a-z2-7]{8}\b/.exec(JSON.stringify(asked.reply))?.[0];
    hold(subject !== undefined, `asking for ${SAMPLE_HOST} was answered: ${asked.reply?.text}`);
    const { reply } = await bob.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject });
    const from = { browser: alice.browser, publicUrl };
    const { grant } = await readApi<WireRequest>(from, `requests/${subject}`);
    hold(grant !== null, `Bob's vote was answered: ${reply?.text}`);
    await waitFor('The prepared connection', async () => {
      const { state } = await readApi<WireGrant>(from, `grants/${grant.id}`);
      return state === 'active' ? state : null;
    });
    const revealed = await alice.chat.click(`@${alice.personId}`, { action: 'reveal', subject: grant.id });
    const shown = (label: string): string =>
      revealed.reply?.copyable.find((line) => line.label === label)?.text ?? '';
    const [, port, username, host] = /^ssh -p (\d+) (\S+)@(\S+)$/.exec(shown('ssh')) ?? [];
    const [, type, key] = shown('known_hosts').split(' ');
    hold(
      port !== undefined && username !== undefined && host !== undefined && key !== undefined,
      `the button answered without a connection: ${revealed.reply?.text}`,
    );
    const access = {
      host,
      port: Number(port),
      username,
      password: shown('password'),
      hostKey: `${type} ${key}`,
    };
    const client = chooseHostClient(access);
    notebook.note('hostClient', client);
    notebook.note('hostRequestId', subject);
    notebook.note('hostGrantId', grant.id);
    return `Bob (sre) approved; Alice got ${username} at ${host}:${port} and the broker's host key, and uses ${client.description}`;
  },
};
