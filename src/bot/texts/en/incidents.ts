import type { SessionDocument } from '../../../access/documents.ts';
import type { Values } from '../values.ts';
import { by } from './grammar.ts';

/** Incidents, and the documents that belong to them and to sessions. */
export const incidents = {
  title: (about: string) => `Incident: ${about}`,
  titleClosed: (about: string) => `Closed incident: ${about}`,
  open: ({ since, channel }: Values<'since' | 'channel'>) =>
    `Open since ${since}. What is asked for in ${channel} carries its name, and sessions report there.`,
  closed: ({ since, who, closedAt }: Values<'since' | 'closedAt', 'who'>) =>
    `Open from ${since}, closed${by(who)} at ${closedAt}.`,
  answers: {
    opened: ({ id, channel }: Values<'id' | 'channel'>) =>
      `${id} is open. Its channel ${channel} is made now; what you ask for there carries its name.`,
    linked: ({ id, channel }: Values<'id' | 'channel'>) =>
      `${id}: what is asked for in ${channel} carries its name from now on.`,
    closed: ({ id, channel }: Values<'id' | 'channel'>) =>
      `${id} is closed. Its timeline is posted in ${channel}.`,
    closedWithChannel: ({ id, channel }: Values<'id' | 'channel'>) =>
      `${id} is closed. Its timeline is posted in ${channel}, then its channel is closed.`,
    timeline: 'The timeline comes as a document in this channel.',
    report: 'The report is made now: each recording is checked. It comes as a document in this channel.',
  },
  problems: {
    noReportHere: 'This is no channel of an incident. Write: /access incident report INCIDENT',
    noTimelineHere: 'This is no channel of an incident. Write: /access timeline INCIDENT',
    noneHere:
      'No incident was opened in this channel. Write: /access incident open TITLE, or /access incident link',
    inPrivate: 'Nobody else is here. Write this in the channel that it is about.',
  },
};

const SIGN_IN = 'You sign in, and see it if you may see the session.';

export const documents = {
  titles: {
    transcript: (sessionId: string) => `Transcript of ${sessionId}`,
    recording: (sessionId: string) => `Recording of ${sessionId}`,
  } satisfies Record<SessionDocument, (sessionId: string) => string>,
  posted: {
    transcript: (sessionId: string) => `The transcript of ${sessionId} goes into the thread of its card.`,
    recording: (sessionId: string) => `The recording of ${sessionId} goes into the thread of its card.`,
  } satisfies Record<SessionDocument, (sessionId: string) => string>,
  timeline: (incident: string) => `Timeline of ${incident}`,
  report: (incident: string) => `Report of ${incident}`,
  notHere: 'It is not posted here. You sign in, and see it because you may see the session.',
  signIn: 'You sign in, and see what you may.',
  noFiles: 'No file can be posted here. You sign in, and see what you may.',
  nothingAsked: 'Nothing was asked for in it yet.',
  timelineTooLong: 'It is too long to be posted.',
  notAllowed: `The policy does not let it be posted any more. ${SIGN_IN}`,
  tooLong: `It is too long to be posted. ${SIGN_IN}`,
  elsewhere: `It is kept elsewhere. ${SIGN_IN}`,
};
