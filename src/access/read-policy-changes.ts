/** Questions about policies: which is in force, which wait, which were. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { PolicyChangeState } from '../core/policy-change.ts';
import type { Database } from '../store/open-store.ts';
import {
  findPolicyChange,
  findPolicyInForce,
  findPolicyText,
  listPolicyChanges as listRows,
} from '../store/operations/policy-changes.ts';
import type { AccessContext } from './context.ts';
import { type PolicyChangeView, policyChangeViews } from './policy-change-views.ts';
import { mayReadChange, mayReadPolicy } from './policy-rights.ts';
import { claimsToSee } from './rights.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** Newest first; those that the viewer may read. @param input.viewer null is the system, which reads all */
export async function listPolicyChanges(
  context: AccessContext,
  input: { viewer: Identity | null; state?: PolicyChangeState; limit?: number },
): Promise<PolicyChangeView[]> {
  const { viewer, limit = LIMIT_DEFAULT, ...filter } = input;
  const db = context.store.read();
  const rows = await listRows(db, { ...filter, limit: Math.min(limit, LIMIT_MAX) });
  const claims = viewer === null ? [] : await claimsToSee(context, viewer);
  const readable = rows.filter(
    ({ seats, proposer }) =>
      viewer === null ||
      mayReadChange(context, {
        identity: viewer,
        claims,
        change: { seats, proposerId: proposer?.id ?? null },
      }),
  );
  return policyChangeViews(db, readable);
}

/** @throws AppError `not_found`, also for one that the viewer may not read */
export async function readPolicyChange(
  context: AccessContext,
  input: { id: string; viewer: Identity | null },
): Promise<PolicyChangeView> {
  const { id, viewer } = input;
  const db = context.store.read();
  const row = await findPolicyChange(db, { id });
  const [view] = await policyChangeViews(db, row === null ? [] : [row]);
  const change = view === undefined ? null : { seats: view.seats, proposerId: view.proposer?.id ?? null };
  const claims = viewer === null ? [] : await claimsToSee(context, viewer);
  const readable =
    change !== null && (viewer === null || mayReadChange(context, { identity: viewer, claims, change }));
  if (view === undefined || !readable) {
    throw new AppError('not_found', `There is no policy change ${id.slice(0, 40)}.`);
  }
  return view;
}

export interface PolicyTextView {
  readonly version: string;
  readonly text: string;
  readonly inForce: boolean;
}

/**
 * The text of a policy. @param input.version null is the one in force
 * @throws AppError `forbidden`, `not_found`
 */
export async function readPolicyText(
  context: AccessContext,
  input: { version: string | null; viewer: Identity },
): Promise<PolicyTextView> {
  const { viewer } = input;
  const db = context.store.read();
  if (!mayReadPolicy(context, viewer) && !(await mayDecideAbout(context, db, input))) {
    throw new AppError('forbidden', 'Policies are read by overseers and by whom policy.who names.');
  }
  const inForce = await findPolicyInForce(db);
  const version = input.version ?? inForce?.version ?? '';
  const text = await findPolicyText(db, { version });
  if (text === null)
    throw new AppError('not_found', `There is no policy of version ${version.slice(0, 40)}.`);
  return { version, text, inForce: version === inForce?.version };
}

/** Who decides about a policy may read all of it. */
async function mayDecideAbout(
  context: AccessContext,
  db: Database,
  { version, viewer }: { version: string | null; viewer: Identity },
): Promise<boolean> {
  const change = version === null ? null : await findPolicyChange(db, { version, state: 'pending' });
  if (change === null) return false;
  const { seats, proposer } = change;
  const claims = await claimsToSee(context, viewer);
  return mayReadChange(context, {
    identity: viewer,
    claims,
    change: { seats, proposerId: proposer?.id ?? null },
  });
}
