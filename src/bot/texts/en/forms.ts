import type { Values } from '../values.ts';

type Asked = Values<'who' | 'what'>;

/** Forms: what they are called, say, and ask for. */
export const forms = {
  /** Fields that several forms have. */
  fields: {
    because: 'Because',
    note: 'Note',
    noteHint: 'Shown on the card',
    resource: 'Resource',
    role: 'Role',
    leastRole: 'The least that is enough',
    roleTakes: ({ role, approval }: Values<'role' | 'approval'>) => `${role}: ${approval}`,
    duration: 'For how long',
    /** As durations are typed. */
    durationHint: '30m, 1h, 1h30m',
  },
  /** Their introductions repeat what is decided. */
  said: {
    asks: ({ who, what }: Asked) => `${who} asks for ${what}.`,
    time: ({ what, time, other }: Values<'what' | 'time', 'other'>) =>
      `${what}${other === null ? '' : ` for ${other}`} for ${time}`,
    moreTime: ({ what, time }: Values<'what' | 'time'>) => `${time} more of ${what}`,
    because: (reason: string) => `Because: ${reason}`,
    stillNeeded: (needed: string) => `Still needed: ${needed}.`,
    frozenSince: (since: string) => `Frozen since ${since}.`,
  },
  request: {
    title: 'Ask for access',
    submit: 'Ask',
    reasonHint: 'What you will do, and why now',
    ticket: 'Ticket',
    ticketHint: 'OPS-12',
    incident: 'Incident',
    noIncident: 'None',
    beneficiary: 'For somebody else',
    beneficiaryHint: 'Who will hold the access',
    workload: 'Or for a workload',
    workloadHint: 'Its name in the policy',
    /** What the policy says to it so far. */
    choose: 'Choose a resource and a role; the policy decides who has to agree.',
    preview: ({ what, approval, usually, longest }: Values<'what' | 'approval', 'usually' | 'longest'>) =>
      `${what}: ${approval}${usually === null ? '' : `; ${usually}`}${longest === null ? '' : `; at most ${longest}`}.`,
    usuallySoon: 'usually within a minute',
    usually: (time: string) => `usually ${time}`,
  },
  breakGlass: {
    title: 'Break the glass',
    introduction:
      'You get access at once. Everybody who approves is told now, all you do is recorded, and others review it afterwards.',
    submit: 'Take access now',
    reasonHint: 'What is broken, and why it cannot wait',
  },
  extend: {
    title: 'Ask for more time',
    submit: 'Ask',
    introduction: ({ what, id, until, more }: Values<'what' | 'id' | 'until' | 'more'>) =>
      `${what} (${id}) lasts until ${until}. ${more}`,
    policyDecides: 'The policy decides who has to agree; sessions stay connected.',
    by: 'How much longer',
    reasonHint: 'What is left to do',
  },
  comment: {
    title: 'Comment on this request',
    submit: 'Say it',
    said: ({ who, text }: Values<'who' | 'text'>) => `${who} said: ${text}`,
    text: 'Comment or question',
    textHint: 'Everybody who sees the card sees it',
  },
  refuseConsent: {
    title: 'Refuse consent',
    submit: 'Refuse',
    denied: 'The request is denied then.',
    reasonHint: 'What the requester should know',
  },
  deny: {
    title: 'Deny this request',
    submit: 'Deny',
    reasonHint: 'What the requester should know or do instead',
  },
  approveForLess: {
    title: 'Approve for less time',
    submit: 'Approve',
    lessThan: (time: string) => `Less than ${time}`,
  },
  approveCommand: {
    title: 'Approve this command',
    submit: 'Approve',
    scope: 'To run',
    once: 'Once',
    session: 'For the rest of this session, exactly as it is',
  },
  denyCommand: {
    title: 'Deny this command',
    submit: 'Deny',
    reasonHint: 'What its author should know or do instead',
  },
  command: {
    wantsToRun: ({ who, resource }: Values<'who' | 'resource'>) => `${who} wants to run this on ${resource}:`,
    hash: (sha256: string) => `SHA-256 ${sha256}`,
  },
  revoke: {
    title: 'Revoke this access',
    submit: 'Revoke',
    introduction: ({ who, what, id }: Values<'who' | 'what' | 'id'>) =>
      `${who} holds ${what} (${id}). Live sessions end at once.`,
    reasonHint: 'What its holder should know',
  },
  finding: {
    justifiedTitle: 'This was justified',
    justified: 'Justified',
    unjustifiedTitle: 'This was not justified',
    unjustified: 'Not justified',
    taken: ({ who, what }: Asked) => `${who} took ${what} without approval.`,
    reasonHint: 'What you looked at, and what follows from it',
  },
  denyPolicy: {
    title: 'Deny this change of the policy',
    submit: 'Deny',
    introduction: ({ version, who }: Values<'version' | 'who'>) => `Version ${version}, from ${who}.`,
    reasonHint: 'What has to be different',
  },
  unfreeze: {
    title: 'Lift the freeze',
    submit: 'Lift it',
    reasonHint: 'Why it is safe again',
  },
};
