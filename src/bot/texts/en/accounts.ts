import type { Values } from '../values.ts';

/** Linking chat accounts. */
export const accounts = {
  inWords: ({ name, tenant, platform }: Values<'name' | 'tenant' | 'platform'>) =>
    `${name} in ${tenant} (${platform})`,
  unlinked: {
    title: 'Link this account to your sign-in first',
    status: 'You sign in once in your browser; from then on this account asks, approves and denies as you.',
    nothingDone: 'Nothing was done: this account is linked to nobody, so it can do nothing here yet.',
  },
  link: {
    title: 'Link this account to your sign-in',
    status: (expiresAt: string) =>
      `1. Open the page and sign in. 2. Come back and press "Show the code". 3. Type the code on the page. Until ${expiresAt}; the link works once, and is for you alone.`,
  },
  code: {
    title: (who: string) => `${who} has opened your link`,
    status:
      'Type the code on that page only if this is you. If it is somebody else, do nothing: give the code to nobody, and ask for another link with /access link',
    copy: 'Code',
  },
  list: {
    title: 'Your chat accounts',
    nothing: 'No chat account is linked to you. Where you want to use one, write there: /access link',
    status: 'Whoever uses one of these accounts acts as you. Unlink what is not yours any more.',
    linked: 'Linked to you',
    since: (instant: string) => `linked since ${instant}`,
  },
  change: {
    linkedTitle: ({ account, who }: Values<'account' | 'who'>) => `${account} acts as ${who} from now on`,
    linked: (instant: string) =>
      `Since ${instant}. Requests that were open by then are not for its vote. If this was not you, unlink it and tell your administrators.`,
    unlinkedTitle: (account: string) => `${account} is not linked any more`,
    unlinked: (instant: string) =>
      `Since ${instant} nobody acts through it. If this was not you, tell your administrators.`,
  },
  unlinkedNow: (account: string) => `${account} is unlinked: nobody acts as you through it any more.`,
  signedInHere:
    'You are signed in here, so there is nothing to link. Write /access link where you want to use another account.',
};
