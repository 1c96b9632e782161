/** What a report does not hold, and why: each as a sentence. */
import type { IncidentMatter } from '../matter.ts';
import type { IncidentTimeline } from '../timeline.ts';
import type { Audience, ReportedSession } from './report.ts';
import type { Tally } from './tally.ts';

export function sentencesOfLeftOut(of: {
  readonly matter: IncidentMatter;
  readonly timeline: IncidentTimeline;
  /** Entries of the timeline beyond the limit. */
  readonly entriesCut: number;
  readonly tally: Tally;
  readonly audience: Audience;
  readonly sessions: readonly ReportedSession[];
}): string[] {
  const { matter, timeline, entriesCut, tally, audience, sessions } = of;
  const { leftOut } = tally;
  const unread = sessions.filter(({ recording }) => recording.standing === 'unread').length;
  const told: (readonly [number, string])[] = [
    [matter.hiddenSessions, 'sessions that whoever made this report may not see'],
    [matter.sessionsLeftOut, 'later sessions: a report holds the first 500'],
    [unread, 'recordings that could not be read now'],
    [timeline.statementsLeftOut, 'less risky statements, from the timeline'],
    [entriesCut, 'later entries, from the timeline'],
    [leftOut.commands, 'less risky commands'],
    [leftOut.denials, 'less risky denials'],
    [leftOut.tables, 'changes of further tables'],
    [leftOut.takenBack, 'changes that were rolled back or never committed: they changed nothing'],
    [leftOut.files, 'further files'],
    [leftOut.quietFiles, 'files of resources whose transcripts are not posted in chat'],
    [leftOut.masks, 'further masked fields'],
  ];
  const sentences = told.filter(([count]) => count > 0).map(([count, what]) => `Left out: ${count} ${what}.`);
  if (matter.cut)
    sentences.push(
      'There are more than 500 requests, sessions or held commands of one kind: the rest is on the pages.',
    );
  if (audience === 'channel')
    sentences.push(
      'This is the report for the channel: literals in statements are replaced by placeholders. Whoever may see the sessions gets the full one on the page.',
    );
  return sentences;
}
