import { CAST, type CastName } from '../../cast.ts';
import { openChat } from '../chat.ts';
import type { Player } from '../player.ts';
import { signIn } from '../sign-in.ts';
import { hold, type Step, type Tour } from '../step.ts';

export const SIGN_IN: Step = {
  name: 'sign in',
  run: async (tour) => {
    tour.notebook.note('players', {
      alice: await enter(tour, 'alice'),
      bob: await enter(tour, 'bob'),
      dana: await enter(tour, 'dana'),
      carol: await enter(tour, 'carol'),
    });
    return `${CAST.map((member) => member.name).join(', ')} signed in through the identity provider`;
  },
};

async function enter(tour: Tour, username: CastName): Promise<Player> {
  const browser = await signIn({ publicUrl: tour.publicUrl, username });
  const chat = openChat(browser, tour.publicUrl);
  const { me } = await chat.state();
  hold(me.email === `${username}@example.com`, `signed in as ${username}, the chat says ${me.email}`);
  return { browser, chat, personId: me.id };
}
