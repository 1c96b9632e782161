/** What a report needs of recordings. `recording` implements it; `main` passes it in. */

import type { Effect } from '../../../core/statement.ts';
import type { TrustedKey } from '../../../store/signing-chain.ts';
import type { RecordedWork } from '../../search/ports.ts';

/** What was found when a recording was checked. */
export interface CheckedRecording {
  /** Sealed, and everything in it is as it was written. */
  readonly ok: boolean;
  /** Hex chain value over the whole file; null unless ok. */
  readonly headHex: string | null;
  readonly frames: number;
  readonly provenBytes: number;
  readonly sealedBy: 'close' | 'recovered' | null;
  /** Hex SHA-256 of the public key. */
  readonly signingKeySha256: string | null;
  readonly problems: readonly { readonly code: string; readonly message: string; readonly offset: number }[];
}

export interface RecordedTable {
  readonly table: string;
  readonly operation: Effect;
  readonly statements: number;
  /** Null where the target does not tell. */
  readonly rows: number | null;
}

export interface RecordedFile {
  readonly statement: number;
  readonly atMs: number;
  readonly act: string;
  readonly path: string;
  readonly to: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly complete: boolean;
}

export interface RecordedMask {
  readonly columns: readonly string[];
  readonly tables: readonly string[];
  readonly cells: number;
  readonly statements: number;
}

/** What a recording says, folded in bounded memory. */
export interface RecordedEvidence {
  readonly statements: number;
  readonly denied: number;
  readonly held: number;
  readonly failed: number;
  /** The riskiest first. */
  readonly riskiest: readonly RecordedWork[];
  readonly tables: {
    readonly changes: readonly RecordedTable[];
    readonly takenBack: number;
    readonly omitted: number;
  };
  readonly files: readonly RecordedFile[];
  readonly filesOmitted: number;
  readonly masked: readonly RecordedMask[];
  readonly maskedCellsOmitted: number;
}

export interface RecordingExaminer {
  /** What recordings and heads of the log are signed with. */
  readonly publicKey: TrustedKey;
  /**
   * Checks a recording as it is now and reads it.
   * @returns null when there is none to be reached from here
   * @throws whatever `signal` is aborted with
   */
  examine(
    sessionId: string,
    signal: AbortSignal,
  ): Promise<{
    readonly bytes: number;
    readonly verification: CheckedRecording;
    readonly evidence: RecordedEvidence;
  } | null>;
}
