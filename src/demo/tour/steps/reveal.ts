import { hasButton } from '../chat.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const REVEAL: Step = {
  name: 'reveal',
  run: async ({ notebook }) => {
    const { alice, bob } = notebook.recall('players');
    const subject = notebook.recall('grantId');
    const channel = `@${alice.personId}`;
    await waitFor('The private message with the button', async () => {
      const messages = (await alice.chat.messages(channel)) ?? [];
      return messages.find((message) => message.card !== null && offers(message, subject)) ?? null;
    });
    hold((await bob.chat.messages(channel)) === null, "Bob can read Alice's private messages");
    const stolen = await bob.chat.click(`@${bob.personId}`, { action: 'reveal', subject });
    hold(stolen.reply?.copyable.length === 0, "Bob's click revealed Alice's connection");

    const { reply } = await alice.chat.click(channel, { action: 'reveal', subject });
    const url = reply?.copyable
      .map((line) => line.text)
      .find((text) => URL.canParse(text) && text.startsWith('postgres'));
    hold(url !== undefined, `the button answered without a connection string: ${reply?.text}`);
    notebook.note('connectionUrl', url);
    const stored = JSON.stringify(await alice.chat.messages(channel));
    hold(!stored.includes(new URL(url).password), 'the password is in a stored message');
    const { username, host } = new URL(url);
    return `Alice alone got a connection string for ${username} at ${host}; Bob was told: ${stolen.reply?.text}`;
  },
};

function offers(message: Parameters<typeof hasButton>[0], grantId: string): boolean {
  const ofGrant = message.card?.fields.some((field) => field.value === grantId) ?? false;
  return ofGrant && hasButton(message, 'reveal');
}
