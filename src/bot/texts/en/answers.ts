import type { Values } from '../values.ts';

type Needed = Values<'id' | 'needed'>;
type Who = Values<'id' | 'who'>;

/** What whoever acted is told about it, when it went well or there was nothing to do. */
export const answers = {
  request: {
    made: ({ id, what, time, other }: Values<'id' | 'what' | 'time', 'other'>) =>
      `${id}: ${what}${other === null ? '' : ` for ${other}`} for ${time}.`,
    automatic: (made: string) =>
      `${made} The policy approves this by itself; the connection comes as a private message.`,
    pending: ({ made, needed, channel, other }: Values<'made' | 'needed' | 'channel', 'other'>) =>
      `${made} It still needs ${needed}; the card is in ${channel}. ${other === null ? 'You get' : `${other} gets`} a private message when it is approved.`,
    cancelled: (id: string) => `${id} is cancelled.`,
    againPending: ({ id, needed }: Needed) => `${id} asks for the same once more. It still needs ${needed}.`,
    againAutomatic: (id: string) =>
      `${id} asks for the same once more, and the policy approves it by itself.`,
  },
  breakGlass: {
    taken: ({ id, what, until }: Values<'id' | 'what', 'until'>) =>
      `${id}: ${what} is yours${until === null ? '' : ` until ${until}`}. The connection comes as a private message. Everybody who approves has been told, and what you do is reviewed afterwards.`,
  },
  extension: {
    nothingLive: 'You hold no live access that could last longer.',
    pending: ({ id, time, needed }: Values<'id' | 'time' | 'needed'>) =>
      `${id}: ${time} more. It still needs ${needed}; until then the deadline stays.`,
    made: ({ id, time, until }: Values<'id' | 'time', 'until'>) =>
      `${id}: ${time} more, by the policy itself.${until === null ? '' : ` It lasts until ${until} now.`} Sessions stay connected.`,
  },
  vote: {
    nothingYet: 'Nothing is decided yet: read the card, then use its buttons.',
    decidedAlready: 'This is decided already.',
    notOpen: (id: string) => `${id} is not open any more.`,
    recorded: ({ id, needed }: Needed) => `Your approval of ${id} is recorded. It still needs ${needed}.`,
    tightened: ({ recorded, policy }: Values<'recorded' | 'policy'>) =>
      `${recorded} The policy ${policy} asks for more than when this was asked.`,
    closed: ({ id, because }: Values<'id' | 'because'>) => `${id} is not granted. ${because}`,
    approved: ({ id, who }: Who) => `${id} is approved. ${who} gets the connection as a private message.`,
    extended: (id: string) => `${id} is approved.`,
    extendedUntil: ({ id, who, until }: Values<'id' | 'who' | 'until'>) =>
      `${id} is approved. ${who} keeps the access until ${until}.`,
    denied: (id: string) => `${id} is denied. The card says why.`,
    needsSignIn: 'Nothing is decided yet: this vote needs a fresh sign-in.',
    signInTitle: 'Sign in to decide',
    signIn: 'The page shows the decision once more. The link works for you alone, once, for ten minutes.',
  },
  command: {
    runsForSession: (id: string) => `${id} is approved for this session, exactly as it is. It runs now.`,
    runsOnce: (id: string) => `${id} is approved. It runs now, once.`,
    denied: ({ id, who }: Who) => `${id} is denied. ${who} sees why.`,
  },
  consent: {
    nothingYet: 'Nothing is agreed yet: read the card, then use its buttons.',
    notNeeded: 'Nobody has to consent to this.',
    givenAlready: 'The consent was given already.',
    pending: ({ id, needed }: Needed) => `You consented to ${id}. It still needs ${needed}.`,
    approved: ({ id, who }: Who) => `You consented, and ${id} is approved. ${who} gets the connection.`,
    ended: ({ id, state, who }: Values<'id' | 'state' | 'who'>) => `${id} is ${state}. ${who} sees why.`,
  },
  comment: {
    made: (id: string) => `Your comment is on the card of ${id}.`,
  },
  review: {
    decidedAlready: (id: string) => `${id} is decided already.`,
    recorded: ({ id, needed }: Needed) => `Your finding is recorded. ${id} still needs ${needed}.`,
    justified: (id: string) => `${id} is closed: justified.`,
    unjustified: (id: string) => `${id} is closed: unjustified.`,
  },
  policy: {
    applied: (id: string) => `${id} is approved and in force.`,
    ended: ({ id, state }: Values<'id' | 'state'>) => `${id} is ${state}.`,
  },
  freeze: {
    liftedAlready: 'This freeze was lifted already.',
    lifted: 'The freeze is lifted. What waited can be approved again.',
  },
  end: {
    done: ({ id, resource }: Values<'id' | 'resource'>) =>
      `Thank you. ${id} on ${resource} has ended; its sessions are closed.`,
    nothingLive: 'You hold no live access. There is nothing to give back.',
    nothingToRevoke: (standing: string) => `There is nothing to revoke. ${standing}`,
    revoked: ({ id, who, resource }: Values<'id' | 'who' | 'resource'>) =>
      `Revoked: ${id} of ${who} on ${resource}. Live sessions end at once.`,
    revokedAll: (ids: readonly string[]) => `Revoked: ${ids.join(', ')}. Live sessions end at once.`,
    holdsNothing: (who: string) => `${who} holds no live access and asks for none.`,
    withdrawn: (commands: number) => `Commands that waited for approval: ${commands} withdrawn.`,
    closed: (ids: readonly string[]) => `Closed, with the reason: ${ids.join(', ')}.`,
    terminated: ({ id, who }: Who) =>
      `${id} of ${who} is being ended. The access itself stays; revoke it if it should not.`,
  },
  reveal: ({ what, until }: Values<'what' | 'until'>) =>
    `Only you see this, and only now: ${what}, until ${until}. Revealing again makes a new password.`,
};

/** What went wrong, as far as chat itself notices. What the use cases refuse says why in its own words. */
export const problems = {
  failed: (reference: string) =>
    `Something went wrong on our side and was logged. Try again; if it stays, quote ${reference}.`,
  advice: {
    not_available_yet: '/access help lists what is there.',
    not_found: '/access mine and /access pending list what there is.',
    unavailable: 'Nothing was changed. Try again in a moment.',
    rate_limited: 'Wait a moment, then try again.',
  },
  keyOfAct: (characters: number) => `The key of an act has 1 to ${characters} characters.`,
  nullCharacter: 'The input holds a null character (U+0000).',
  chooseResource: 'Choose a resource.',
  oneBeneficiary: 'Choose a person or name a workload, not both.',
  noResourceMeant: ({ typed, meant }: Values<'typed' | 'meant'>) =>
    `There is no resource named ${typed}. Did you mean ${meant}?`,
  nothingToAskFor: 'No access policy lets you ask for anything. An operator can add one.',
  noGlassToBreak: 'No access policy lets you break the glass. Ask in the usual way: /access request.',
  sayWhyRevoked: 'Say why it is revoked: the holder sees the reason.',
  reasonTooLong: (characters: number) => `The reason is longer than ${characters} characters.`,
  sayWhyTyped: (account: string) => `Say why: /access revoke @${account} because …`,
  holdsNothing: (account: string) => `@${account} holds no live access.`,
  emptyComment: 'An empty comment says nothing.',
  sayWhyRefused: 'Say why: the requester sees the reason.',
  sayWhyDenied: 'Say why: the requester sees the reason of a denial.',
  sayWhy: 'Say why: it stays with the decision.',
  sayScope: 'Say what the approval is for.',
  noTimeToGive:
    'A command is approved to run once, or for the rest of its session; there is no time to give.',
  namesNoCommand: 'This button names no command. Open its card again.',
  namesNoChange: 'This button names no change of the policy. Open its card again.',
  notMyButton: 'This button is not one of mine.',
  nothingCalled: (id: string) => `There is no request, access or session ${id}.`,
};
