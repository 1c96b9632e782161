/** What waits for somebody's vote. Judged as a vote would be, so that nothing is offered that would be refused. */
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { HoldRow } from '../store/entities/hold.ts';
import type { Database } from '../store/open-store.ts';
import { listHolds, listHoldVotes } from '../store/operations/holds.ts';
import { listRequests, listVotes } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { holdMatter } from './decide-hold.ts';
import { holdViews } from './hold-views.ts';
import { requestViews } from './read-views.ts';
import { requestMatter } from './request-matter.ts';
import type { HoldView, RequestView } from './views.ts';
import { groupsOfParties } from './voting/admit-voter.ts';
import { judgeRights } from './voting/judge-voter.ts';
import type { VoteMatter } from './voting/matter.ts';
import { claimsAnywhere, readVoter, type Voter } from './voting/voter.ts';

const REQUESTS_MAX = 500;
/** Each can be a megabyte long. */
const HOLDS_MAX = 50;

/** Pending requests that this voter may still decide about, in their own or in another's place; newest first. */
export async function listPendingFor(
  context: AccessContext,
  input: { voter: Identity },
): Promise<RequestView[]> {
  const { voter } = input;
  if (voter.kind !== 'person') return [];
  const db = context.store.read();
  const known = await knowVoter(context, db, voter);
  const now = context.clock.now();
  const pending = await listRequests(db, { state: 'pending', limit: REQUESTS_MAX });
  const votes = await listVotes(db, { requestIds: pending.map(({ id }) => id) });
  const waiting: RequestRow[] = [];
  for (const row of pending) {
    if (row.lapsesAt <= now) continue;
    const own = votes.filter((vote) => vote.request.id === row.id);
    if (await mayDecide(context, db, { voter: known, matter: requestMatter(row, own) })) waiting.push(row);
  }
  return requestViews(db, waiting);
}

/** Held commands that this voter may still decide about, newest first. */
export async function listHeldFor(context: AccessContext, input: { voter: Identity }): Promise<HoldView[]> {
  const { voter } = input;
  if (voter.kind !== 'person') return [];
  const db = context.store.read();
  const known = await knowVoter(context, db, voter);
  const now = context.clock.now();
  const held = await listHolds(db, { state: 'held', visibleTo: null, limit: HOLDS_MAX });
  const votes = await listHoldVotes(db, { holdIds: held.map(({ id }) => id) });
  const waiting: HoldRow[] = [];
  for (const row of held) {
    if (row.expiresAt <= now) continue;
    const own = votes.filter((vote) => vote.hold.id === row.id);
    if (await mayDecide(context, db, { voter: known, matter: holdMatter(row, own) })) waiting.push(row);
  }
  return holdViews(db, waiting);
}

async function knowVoter(context: AccessContext, db: Database, person: Person): Promise<Voter> {
  return readVoter(db, {
    person,
    claims: await claimsAnywhere(context, { person }),
    now: context.clock.now(),
  });
}

async function mayDecide(
  context: AccessContext,
  db: Database,
  { voter, matter }: { voter: Voter; matter: VoteMatter },
): Promise<boolean> {
  const partyGroups = await groupsOfParties(context, db, matter);
  return !(judgeRights(context, { voter, matter, partyGroups }) instanceof AppError);
}
