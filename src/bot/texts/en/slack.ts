/** What only Slack shows. */
export const slack = {
  tooLong: 'It is too long for Slack. All of it is on its own page.',
  tooSlow: 'That took too long, and Slack opens no form any more. Nothing was done: try again.',
  home: {
    ask: 'Ask for access',
    decisions: 'Needs your decision',
    nothingWaits: 'Nothing waits for you.',
    more: (count: number) => `And ${count} more: /access pending lists them.`,
    access: 'Your access',
    noAccess: 'You hold no access now.',
    requests: 'Your requests',
    noRequests: 'You have asked for nothing yet.',
    headed: (title: string, count: number) => `${title} (${count})`,
  },
  /** To accounts that may not act. */
  refusals: {
    bot: 'Bots decide nothing here and ask for nothing. Have a person do it.',
    deleted: 'This Slack account is deactivated, so nothing was done.',
    guest:
      'Guests of the workspace can neither ask for access nor decide about it. A full member has to do it.',
    foreign: 'This Slack account belongs to another workspace or organisation, so nothing was done.',
    unknown: 'Slack does not say what kind of account this is, so nothing was done.',
  },
  unknownMention: (shown: string) =>
    `${shown} has not linked their Slack account, so it is not known who that is. They can type /access link, or you can write their e-mail address.`,
  unknownPicked:
    'They have not linked their Slack account, so it is not known who that is. They can type /access link, or you can type the request with their e-mail address: /access request … for-user @ADDRESS.',
};
