/** The help. What is written after `/access` is the same in every language. */
export const help = {
  title: 'What Sallyport can do',
  status: 'Every command begins with /access. Text with several words may stand in quotes.',
  commands: 'Commands',
  examples: 'Examples',
  fallback: (names: string) => `Commands: ${names}.`,
  unknownTopic: (topic: string) => `There is no command "${topic}".`,
  unknownTopicMeant: (topic: string, meant: string) =>
    `There is no command "${topic}". Did you mean /access help ${meant}?`,
  /** One sentence for each command. */
  summaries: {
    request: 'Ask for access. What you leave out is asked for in a form.',
    mine: 'Your requests and your live access.',
    pending: 'What waits for your decision: requests and held commands.',
    show: 'The card of a request, a grant, a session or a held command, as it stands now.',
    comment: 'Add words to a request, for everybody who decides about it.',
    ask: 'Ask something before you decide; the question and the answer stand on the card.',
    cancel: 'Take back a request of yours that is still pending.',
    again: 'Ask once more for the same as a request of yours that is over.',
    extend: 'Ask for more time; sessions stay connected. Without an ID: your only live access.',
    done: 'Give back your access early. Without an ID: the only live one.',
    revoke: 'End somebody’s access now, live sessions included. A person’s name means all of theirs.',
    approve:
      'See the request or held command you would approve, with the buttons to decide. Typing this does not vote.',
    deny: 'Refuse a request or a held command. Without a reason you are asked for one.',
    consent: 'See what somebody asked for in your name, with the buttons to consent or refuse.',
    delegate:
      'Ask somebody to decide in your place until a date; they accept or decline. Alone: what is delegated by you and to you.',
    oncall: 'Who is on call for a resource.',
    breakglass:
      'Take access now, without waiting for approval. Everybody is told, and it is reviewed afterwards.',
    sessions: 'Recent sessions you may see, or those that match a person, a resource or an incident.',
    replay: 'Where to watch a session again.',
    timeline: 'What was asked, decided and done in an incident, as a document.',
    incident: 'Open an incident with its channel, make this channel one’s, or close it.',
    link: 'Link this chat account to your sign-in, or see and unlink the accounts that are linked to you.',
    help: 'This list, or one command with examples.',
  },
};
