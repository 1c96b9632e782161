/** What is to be said of the recording of one session: that it was checked, or why not. */
import type { CheckedRecording } from './ports.ts';
import type { RecordingFinding } from './report.ts';

/** What is known of a recording beside its file. */
export interface KnownRecording {
  readonly isLive: boolean;
  /** True when something was asked in its session, or might have been. */
  readonly mayBeRecorded: boolean;
  /** Hex, as the audit log has it. */
  readonly loggedHead: string | null;
  readonly deleted: { readonly at: Date; readonly because: string } | null;
  readonly onHold: boolean;
}

const PROBLEMS_MAX = 5;

export function deletedFinding(known: KnownRecording): RecordingFinding {
  const { deleted } = known;
  return { ...nothing(known, 'deleted'), problems: deleted === null ? [] : [deleted.because] };
}

/** @param why it could not be read */
export function unreadFinding(known: KnownRecording, why: string): RecordingFinding {
  return { ...nothing(known, 'unread'), problems: [why] };
}

/** Of a session whose recording is nowhere. */
export function absentFinding(known: KnownRecording): RecordingFinding {
  if (known.isLive) return { ...nothing(known, 'unread'), problems: ['it is written on another machine'] };
  if (!known.mayBeRecorded && known.loggedHead === null) return nothing(known, 'none');
  const message = 'there is no recording of it here, and nothing says that it was deleted';
  return { ...nothing(known, 'missing'), problems: [message] };
}

export function checkedFinding(
  known: KnownRecording,
  of: { readonly bytes: number; readonly verification: CheckedRecording },
): RecordingFinding {
  const { bytes, verification } = of;
  const { headHex, frames, sealedBy, signingKeySha256 } = verification;
  const problems = problemsOf(known, verification);
  const whole = headHex !== null ? 'verified' : known.isLive ? 'live' : 'unsealed';
  const standing = problems.length > 0 ? 'failed' : whole;
  return {
    ...nothing(known, standing),
    head: headHex,
    bytes,
    frames,
    sealedBy,
    signingKeySha256,
    problems: problems.slice(0, PROBLEMS_MAX),
  };
}

function problemsOf(known: KnownRecording, { headHex, problems }: CheckedRecording): string[] {
  const { isLive, loggedHead } = known;
  // A session that lives has no seal, and its last frame may be under way; the log names the head of what was sealed.
  const mayEndAnywhere = isLive || loggedHead === null;
  const unexpected = problems.filter(
    ({ code }) => !(mayEndAnywhere && (code === 'unsealed' || code === 'torn_frame')),
  );
  const found = unexpected.map(({ code, message, offset }) => `byte ${offset}: ${code}: ${message}`);
  if (headHex === null || loggedHead === null || headHex === loggedHead) return found;
  return [...found, `it is whole, and not the recording that the log names: there its head is ${loggedHead}`];
}

function nothing(known: KnownRecording, standing: RecordingFinding['standing']): RecordingFinding {
  const { loggedHead, deleted, onHold } = known;
  return {
    ...{
      standing,
      head: null,
      loggedHead,
      bytes: null,
      frames: null,
      sealedBy: null,
      signingKeySha256: null,
      problems: [],
    },
    ...{ deletedAt: deleted?.at ?? null, onHold },
  };
}
