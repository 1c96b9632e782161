/** What only Teams has to say: who may not act there, and how it is answered. */
export const teams = {
  refusals: {
    bot: 'Bots decide nothing here and ask for nothing. Have a person do it.',
    anonymous:
      'Whoever joined without an account can neither ask for access nor decide about it. Sign in to Teams first.',
    guest:
      'Guests can neither ask for access nor decide about it. A member of the organisation has to do it.',
    foreign: 'This account belongs to another organisation, so nothing was done.',
    unknown: 'Teams does not say what kind of account this is, so nothing was done.',
    stranger:
      'Teams does not say that you are a member here, so nothing was done. Add the app for yourself, then try again.',
  },
  tooLong: 'It is too long for Teams. All of it is on its own page.',
  /** Of a field that was left empty. */
  needed: (label: string) => `${label}: this is needed.`,
  /** On the card that everybody sees: shows the clicker their own. */
  view: 'What can I do?',
  /** Makes a form anew whose fields depend on each other. */
  check: 'Check',
  notLinked: (name: string) =>
    `${name} has not linked their Teams account, so it is not known who that is. They can write link to this app, or you can write their e-mail address.`,
  notOurs: 'This button is not one of mine, so nothing was done.',
  sentAlready: 'This was sent already, and is done once. The card shows how things stand.',
  nothingToAskFor: 'There is nothing that you may ask for here.',
  noOwnView: 'There is no view of your own.',
  answeredPrivately: 'I answered you in our personal chat.',
  noPersonalChat:
    'I answer privately, and you have no personal chat with me yet: open Apps in Teams, find this app and choose Add, then write to me again.',
  invoke: {
    stillAtIt: 'This takes longer than usual. The answer comes in our personal chat.',
    failed: 'Something went wrong on our side and was logged. See what the card says before you try again.',
  },
  secret: {
    title: 'Only for your eyes',
    status: 'Messages are kept, so it is shown by the button.',
    show: 'Show it',
  },
};
