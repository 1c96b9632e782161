/** Putting a policy into force: in the database, so that every replica follows and none can fall back. */
import { AppError } from '../core/errors.ts';
import { parsePolicyDocument } from '../policies/document/parse.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import type { PolicyChangeRow } from '../store/entities/policy-change.ts';
import type { Database } from '../store/open-store.ts';
import {
  applyPolicyChange,
  findPolicyInForce,
  findPolicyText,
  movePolicyChange,
  type StoredPolicy,
} from '../store/operations/policy-changes.ts';
import { askForJob, recordEvent } from './record.ts';

const PROBLEMS_SHOWN_MAX = 20;

export interface KnownPolicy {
  readonly version: string;
  readonly document: PolicyDocument;
  readonly text: string;
}

/**
 * The policy that decides now, as the database has it: a replica may be a moment behind.
 * @throws AppError `unavailable` before the first one, or when this program cannot read it
 */
export async function readPolicyInForce(db: Database): Promise<KnownPolicy & { readonly changeId: string }> {
  const stored = await findPolicyInForce(db);
  if (stored === null) throw new AppError('unavailable', 'No policy is in force yet.');
  return { ...readStoredPolicy(stored), changeId: stored.changeId };
}

/**
 * A policy that was accepted once, so what is wrong with it now is the program that reads it.
 * @throws AppError `unavailable` with what this version of the program does not understand
 */
export function readStoredPolicy({ version, text }: Pick<StoredPolicy, 'version' | 'text'>): KnownPolicy {
  const parsed = parsePolicyDocument(text);
  if (parsed.ok) return { version, document: parsed.document, text };
  const [first] = parsed.problems;
  const where = first === undefined ? '' : `: line ${first.line}, ${first.path}: ${first.message}`;
  throw new AppError(
    'unavailable',
    `The policy in force, version ${version}, is not understood by this version of Sallyport${where}. Apply another one with the version that wrote it.`,
  );
}

/** @throws AppError `invalid_input` with every problem, path and line */
export function readNewPolicy(text: string): KnownPolicy {
  const parsed = parsePolicyDocument(text);
  if (parsed.ok) return parsed;
  const shown = parsed.problems.slice(0, PROBLEMS_SHOWN_MAX).map(({ line, column, path, message }) => {
    return `${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
  });
  const count = parsed.problems.length;
  const heading = `The policy has ${count === 1 ? 'a problem' : `${count} problems`}`;
  throw new AppError('invalid_input', `${heading}:\n${shown.join('\n')}`);
}

/**
 * Moves a pending change to applied. The caller holds the lock on policy changes.
 * @param input.actorId whose vote or call did it; null for a server's file
 * @throws AppError `conflict` when this program cannot read what was proposed, or it is not the change's turn
 */
export async function applyChange(
  db: Database,
  input: {
    change: Pick<PolicyChangeRow, 'id' | 'version' | 'baseVersion' | 'source'>;
    actorId: string | null;
    at: Date;
    data?: Record<string, readonly string[]>;
  },
): Promise<void> {
  const { change, actorId, at } = input;
  const text = await findPolicyText(db, { version: change.version });
  if (text === null) throw new AppError('internal', `the text of policy ${change.version} is gone`);
  if (!parsePolicyDocument(text).ok) {
    throw new AppError(
      'conflict',
      `Version ${change.version} is not understood by this version of Sallyport.`,
    );
  }
  if (!(await applyPolicyChange(db, { id: change.id, at }))) {
    throw new AppError('conflict', `Policy change ${change.id} does not wait any more.`);
  }
  const { version, baseVersion, source } = change;
  await recordEvent(db, {
    at,
    type: 'policy.applied',
    actorId,
    subject: change.id,
    data: { version, baseVersion, source, ...input.data },
  });
  await askForJob(
    db,
    { job: 'sync-card', payload: { subject: 'policy-change', id: change.id } },
    { now: at },
  );
}

const EVENT = {
  denied: 'policy.denied',
  cancelled: 'policy.cancelled',
  expired: 'policy.expired',
  superseded: 'policy.superseded',
} as const;

/** The ways out of `pending` that change nothing. @returns true if this call did it */
export async function dropChange(
  db: Database,
  input: { id: string; to: keyof typeof EVENT; actorId: string | null; at: Date },
): Promise<boolean> {
  const { id, to, actorId, at } = input;
  if (!(await movePolicyChange(db, { id, to, at }))) return false;
  await recordEvent(db, { at, type: EVENT[to], actorId, subject: id });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'policy-change', id } }, { now: at });
  return true;
}
