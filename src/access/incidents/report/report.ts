/** What a report of an incident says. Plain data: masked texts only, and nothing that its reader may not see. */
import type { Effect } from '../../../core/statement.ts';
import type { AlertView } from '../../alerts/raise-alert.ts';
import type { ReviewView } from '../../review-views.ts';
import type { PartyView, RequestView, SessionView } from '../../views.ts';
import type { IncidentPerson } from '../people.ts';
import type { TimelineEntry } from '../timeline-entries.ts';
import type { LogFinding } from './check-log-part.ts';

/** `person`: with what its reader may see; `channel`: no more than the cards in a channel say. */
export type Audience = 'person' | 'channel';

export interface IncidentReport {
  readonly name: string;
  /** `i-…`, the newest first; empty for a channel that is an incident's by its name alone. */
  readonly ids: readonly string[];
  readonly title: string | null;
  readonly state: 'open' | 'closed';
  readonly openedBy: PartyView | null;
  readonly closedBy: PartyView | null;
  readonly from: Date | null;
  /** When it was closed, or when this was made. */
  readonly to: Date;
  readonly made: { readonly at: Date; readonly by: PartyView; readonly audience: Audience };
  /** Without a slash at the end: where links lead. */
  readonly publicUrl: string;
  readonly figures: ReportFigures;
  readonly people: readonly IncidentPerson[];
  readonly requests: readonly RequestView[];
  readonly sessions: readonly ReportedSession[];
  /** The riskiest first. */
  readonly commands: readonly ReportedCommand[];
  readonly denials: readonly ReportedCommand[];
  readonly holds: readonly ReportedHold[];
  readonly tables: readonly ReportedTable[];
  readonly files: readonly ReportedFile[];
  readonly masked: readonly ReportedMask[];
  readonly alerts: readonly AlertView[];
  readonly breakGlass: readonly { readonly request: RequestView; readonly review: ReviewView | null }[];
  readonly verification: {
    /** Hex SHA-256 of the public key. */
    readonly signingKeySha256: string | null;
    readonly log: LogFinding;
  };
  readonly timeline: readonly TimelineEntry[];
  /** What is not in here, each as a sentence. */
  readonly leftOut: readonly string[];
}

export interface ReportFigures {
  readonly requests: number;
  readonly sessions: number;
  readonly commands: number;
  readonly denied: number;
  readonly held: number;
  readonly rowsChanged: number;
  readonly filesChanged: number;
  readonly maskedCells: number;
  readonly verified: number;
  readonly failedVerification: number;
}

/**
 * `verified`: whole, sealed, and the one that the log names. `live`: it has no end yet, and what is there is whole.
 * `unsealed`: the same of a session that has ended, whose head the log does not name either. `deleted`: by the
 * retention. `missing`: it should be there. `unread`: it could not be read in time, or now.
 */
export type RecordingStanding =
  | 'verified'
  | 'live'
  | 'unsealed'
  | 'failed'
  | 'deleted'
  | 'missing'
  | 'unread'
  | 'none';

export interface RecordingFinding {
  readonly standing: RecordingStanding;
  /** Hex, of the file as it is; null where that is not whole. */
  readonly head: string | null;
  /** Hex, as the audit log has it; null while it names none. */
  readonly loggedHead: string | null;
  readonly bytes: number | null;
  readonly frames: number | null;
  readonly sealedBy: 'close' | 'recovered' | null;
  /** Hex SHA-256 of the public key that it was checked with. */
  readonly signingKeySha256: string | null;
  readonly problems: readonly string[];
  readonly deletedAt: Date | null;
  /** Kept whatever the retention says. */
  readonly onHold: boolean;
}

export interface ReportedSession {
  readonly session: SessionView;
  readonly recording: RecordingFinding;
}

/** A statement, command or operation on files. */
export interface ReportedCommand {
  readonly sessionId: string;
  readonly statement: number | null;
  readonly at: Date;
  readonly who: PartyView;
  readonly resource: string;
  readonly text: string;
  readonly operation: string;
  readonly risk: number;
  readonly denied: boolean;
  readonly held: boolean;
  readonly masked: boolean;
  readonly failed: boolean;
  readonly rule: string | null;
}

export interface ReportedHold {
  readonly id: string;
  readonly sessionId: string;
  readonly at: Date;
  readonly who: PartyView;
  readonly resource: string;
  readonly text: string;
  readonly textSha256: string;
  readonly rule: string;
  readonly state: string;
  readonly by: readonly PartyView[];
  readonly note: string | null;
  readonly waitedMs: number | null;
}

export interface ReportedTable {
  readonly resource: string;
  readonly table: string;
  readonly operation: Effect;
  readonly statements: number;
  readonly rows: number | null;
  /** Whose sessions. */
  readonly who: readonly string[];
}

export interface ReportedFile {
  readonly sessionId: string;
  readonly statement: number;
  readonly at: Date;
  readonly who: string;
  readonly resource: string;
  readonly act: string;
  readonly path: string;
  readonly to: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly complete: boolean;
}

export interface ReportedMask {
  readonly resource: string;
  readonly columns: readonly string[];
  readonly tables: readonly string[];
  readonly cells: number;
  readonly statements: number;
}
