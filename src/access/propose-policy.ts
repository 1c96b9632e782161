/**
 * Proposing another policy: over the API, or by the file of a server that starts or reads it again. Whether people
 * have to agree is for the policy in force to say; if it says nothing, the new one applies at once.
 */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import {
  POLICY_BYTES_MAX,
  POLICY_COMMENT_CHARACTERS_MAX,
  type PolicyChangeSource,
} from '../core/policy-change.ts';
import type { Seat } from '../core/request.ts';
import { seatsOf } from '../policies/access/seats.ts';
import { isSamePolicy } from '../policies/document/own-settings.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import type { PolicyChangeRow } from '../store/entities/policy-change.ts';
import type { Database } from '../store/open-store.ts';
import { savePolicyVersion } from '../store/operations/deployment.ts';
import {
  findFileVersion,
  findPendingPolicyChange,
  findPolicyChange,
  findPolicyInForce,
  findPolicyText,
  insertPolicyChange,
  lockPolicyChanges,
  saveFileVersion,
  wasPolicyProposed,
} from '../store/operations/policy-changes.ts';
import {
  applyChange,
  dropChange,
  type KnownPolicy,
  readNewPolicy,
  readPolicyInForce,
  readStoredPolicy,
} from './apply-policy.ts';
import { checkKey } from './check-request.ts';
import { type AccessContext, newId } from './context.ts';
import { seatsOfFileChange } from './file-editors.ts';
import { keepRefusal } from './keep-refusal.ts';
import { type PolicyChangeView, policyChangeViews } from './policy-change-views.ts';
import { policyDifference } from './policy-difference.ts';
import { checkMayPropose } from './policy-rights.ts';
import { askForJob, recordEvent } from './record.ts';

export interface PolicyProposal {
  readonly by: Identity;
  readonly text: string;
  readonly comment: string | null;
  /** Refused when another version is in force by then; null takes what is in force. */
  readonly expectedVersion: string | null;
  /** The same key gives the same change. */
  readonly idempotencyKey: string;
}

/** Without a vote nobody waits; the row still carries a deadline. */
const AT_ONCE_WITHIN_MS = 60_000;
/** A server that has not started for so long is taken for a new one. */
const FILE_REMEMBERED_MS = 180 * 86_400_000;

/**
 * Proposes a policy; one that nobody has to agree to is in force when this returns. One that is in force already
 * answers with the change that brought it.
 * @throws AppError `forbidden` (not in `policy.who`), `invalid_input` with every problem of the text, `conflict`
 *   (another change waits, another version is in force than expected), `too_large`
 */
export async function proposePolicy(
  context: AccessContext,
  proposal: PolicyProposal,
): Promise<PolicyChangeView> {
  const comment = checkTexts(proposal);
  const { by, expectedVersion } = proposal;
  const now = context.clock.now();
  const idempotencyKey = `${by.id}:${proposal.idempotencyKey}`;
  const attempt = { actorId: by.id, subject: 'policy', data: { act: 'propose', comment } };
  return keepRefusal(context, { ...attempt, type: 'policy.refused' }, () =>
    context.store.transaction(async (db) => {
      await lockPolicyChanges(db);
      const before = await readPolicyInForce(db);
      checkMayPropose({ document: before.document, by, now });
      const policy = readNewPolicy(proposal.text);
      const known = await findPolicyChange(db, { idempotencyKey });
      if (known !== null) return viewOf(db, known);
      if (expectedVersion !== null && expectedVersion !== before.version) {
        throw new AppError(
          'conflict',
          `Version ${before.version} is in force, not ${expectedVersion}: look at what changed, then apply again.`,
        );
      }
      if (policy.version === before.version)
        return viewOf(db, await findPolicyChange(db, { id: before.changeId }));
      const waiting = await findPendingPolicyChange(db);
      if (waiting !== null) {
        throw new AppError(
          'conflict',
          `Policy change ${waiting.id} waits for votes: one at a time. Have it decided, or cancel it first.`,
        );
      }
      const id = await propose(context, db, {
        policy,
        before,
        proposerId: by.id,
        source: 'apply',
        comment,
        idempotencyKey,
        now,
      });
      return viewOf(db, await findPolicyChange(db, { id }));
    }),
  );
}

/** What a server's file came to. */
export type FileOutcome =
  | { readonly kind: 'unchanged' }
  /** The file is a version that others have replaced since; `version` stays in force. */
  | { readonly kind: 'outdated'; readonly version: string }
  | { readonly kind: 'applied' | 'proposed'; readonly changeId: string };

/**
 * A server starts, or was told to read its file again. The file is a proposal when it says something else than what
 * this server found there before; a version that the deployment has left behind is none.
 * @param input.server names the machine and the file
 * @throws AppError `unavailable` when the policy in force is not understood by this program
 */
export async function adoptPolicyFile(
  context: Pick<AccessContext, 'store' | 'clock' | 'random'>,
  input: { server: string; file: Pick<KnownPolicy, 'version' | 'text'> },
): Promise<FileOutcome> {
  const { server } = input;
  const policy = readStoredPolicy(input.file);
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    await lockPolicyChanges(db);
    const { version } = policy;
    const found = {
      before: await findFileVersion(db, { server }),
      known: await wasPolicyProposed(db, { version }),
    };
    await saveText(db, policy, now);
    await saveFileVersion(db, {
      server,
      version,
      seenAt: now,
      forgetBefore: after(now, -FILE_REMEMBERED_MS),
    });
    const stored = await findPolicyInForce(db);
    const proposal = {
      policy,
      proposerId: null,
      source: 'file',
      comment: null,
      idempotencyKey: null,
      now,
    } as const;
    if (stored === null) {
      return { kind: 'applied', changeId: await propose(context, db, { ...proposal, before: null }) };
    }
    if (stored.version === version || found.before === version) return { kind: 'unchanged' };
    const before = readStoredPolicy(stored);
    if (isSamePolicy(policy.document, before.document)) return { kind: 'unchanged' };
    if (found.before === null && found.known) return { kind: 'outdated', version: stored.version };
    const waiting = await findPendingPolicyChange(db);
    if (waiting !== null && (await isWaiting(db, waiting, policy.document))) return { kind: 'unchanged' };
    if (waiting !== null) await dropChange(db, { id: waiting.id, to: 'superseded', actorId: null, at: now });
    const changeId = await propose(context, db, { ...proposal, before });
    return { kind: before.document.policy.approval === undefined ? 'applied' : 'proposed', changeId };
  });
}

async function isWaiting(db: Database, waiting: PolicyChangeRow, document: PolicyDocument): Promise<boolean> {
  const text = await findPolicyText(db, { version: waiting.version });
  return (
    text !== null && isSamePolicy(readStoredPolicy({ version: waiting.version, text }).document, document)
  );
}

interface CheckedProposal {
  readonly policy: KnownPolicy;
  /** Null for the first policy ever: it applies. */
  readonly before: KnownPolicy | null;
  readonly proposerId: string | null;
  readonly source: PolicyChangeSource;
  readonly comment: string | null;
  readonly idempotencyKey: string | null;
  readonly now: Date;
}

/** @returns the change's id */
async function propose(
  context: Pick<AccessContext, 'random'>,
  db: Database,
  { policy, before, now, ...rest }: CheckedProposal,
): Promise<string> {
  const approval = before?.document.policy.approval;
  const id = newId(context, 'p');
  await saveText(db, policy, now);
  const change = {
    ...rest,
    id,
    version: policy.version,
    baseVersion: before?.version ?? policy.version,
    seats: before === null ? [] : seatsFor(before.document, rest.source),
    difference: before === null ? '' : policyDifference(before, policy),
    createdAt: now,
    lapsesAt: after(now, approval?.within ?? AT_ONCE_WITHIN_MS),
  };
  await insertPolicyChange(db, change);
  const { version, baseVersion, source, comment, proposerId } = change;
  await recordEvent(db, {
    at: now,
    type: 'policy.proposed',
    actorId: proposerId,
    subject: id,
    data: { version, baseVersion, source, comment },
  });
  if (approval === undefined) {
    await applyChange(db, { change, actorId: proposerId, at: now });
    return id;
  }
  await askForJob(
    db,
    { job: 'expire-policy-change', payload: { changeId: id } },
    { now, runAt: change.lapsesAt },
  );
  await askForJob(db, { job: 'weigh-policy-change', payload: { changeId: id } }, { now });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'policy-change', id } }, { now });
  return id;
}

function seatsFor(document: PolicyDocument, source: PolicyChangeSource): Seat[] {
  const { approval } = document.policy;
  if (approval === undefined) return [];
  const seats = seatsOf(approval, null);
  return source === 'file' ? seatsOfFileChange(document, seats) : seats;
}

/** A version is a short hash: what is stored under it must be the very text that is proposed. */
async function saveText(db: Database, { version, text }: KnownPolicy, now: Date): Promise<void> {
  await savePolicyVersion(db, { version, document: text, createdAt: now });
  if ((await findPolicyText(db, { version })) !== text) {
    throw new AppError(
      'conflict',
      `Another policy has the version ${version}: change a comment in this one.`,
    );
  }
}

function checkTexts({ text, comment, idempotencyKey }: PolicyProposal): string | null {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    throw new AppError('too_large', 'The policy is larger than 1 MiB.');
  }
  if (comment !== null && comment.length > POLICY_COMMENT_CHARACTERS_MAX) {
    throw new AppError(
      'invalid_input',
      `The comment is longer than ${POLICY_COMMENT_CHARACTERS_MAX} characters.`,
    );
  }
  checkKey(idempotencyKey);
  return comment?.trim() || null;
}

async function viewOf(db: Database, row: PolicyChangeRow | null): Promise<PolicyChangeView> {
  const [view] = await policyChangeViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the policy change could not be read back');
  return view;
}
