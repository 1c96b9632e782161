/** Statements of one session that people approved for all of it, while they mean what was approved. */
import { createHash } from 'node:crypto';
import { type StatementMeaning, sameMeaning } from './statement-meaning.ts';

/** The one approved longest ago is forgotten. */
const KEPT_MAX = 1_000;

export interface ApprovedStatement {
  /** `h-…`. */
  readonly hold: string;
  readonly meaning: StatementMeaning;
  readonly policyVersion: string;
}

export class ApprovedStatements {
  readonly #byDigest = new Map<string, ApprovedStatement>();

  /** @param identity the same for the identical statement and parameters only */
  remember(identity: string, approved: ApprovedStatement): void {
    const digest = digestOf(identity);
    this.#byDigest.delete(digest);
    this.#byDigest.set(digest, approved);
    const [oldest] = this.#byDigest.keys();
    if (oldest !== undefined && this.#byDigest.size > KEPT_MAX) this.#byDigest.delete(oldest);
  }

  /** @returns the approval that covers the statement under what is in force now, or null */
  covering(
    identity: string,
    now: { readonly meaning: StatementMeaning; readonly policyVersion: string },
  ): ApprovedStatement | null {
    const approved = this.#byDigest.get(digestOf(identity));
    if (approved === undefined || approved.policyVersion !== now.policyVersion) return null;
    return sameMeaning(approved.meaning, now.meaning) ? approved : null;
  }
}

function digestOf(identity: string): string {
  return createHash('sha256').update(identity, 'utf8').digest('base64');
}
