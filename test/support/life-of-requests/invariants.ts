/**
 * What must hold at every moment, worked out from the tables alone and by other means than the product's: every
 * broken rule as a sentence.
 */
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { GROUPS_AGE_MAX_MS } from './actions.ts';
import type { World } from './world.ts';

interface Facts {
  readonly requests: readonly StoredRequest[];
  readonly votes: readonly StoredVote[];
  readonly grants: readonly StoredGrant[];
  readonly events: readonly { readonly subject: string; readonly type: string }[];
}

interface StoredRequest {
  readonly id: string;
  readonly kind: 'access' | 'extension' | 'break-glass';
  readonly state: string;
  readonly extendsId: string | null;
  readonly durationMs: number;
  readonly decidedAt: string | null;
  readonly consentFrom: string | null;
  readonly consentedBy: string | null;
  readonly seats: readonly { readonly count: number; readonly anyOf: readonly string[] }[];
  /** Addresses of whom it concerns: requester, beneficiary, the workload's owner. */
  readonly parties: readonly string[];
  readonly partyTeams: readonly string[];
}

interface StoredVote {
  readonly requestId: string;
  readonly verdict: string;
  readonly durationMs: number | null;
  readonly claims: readonly string[];
  readonly voter: string;
  readonly voterTeams: readonly string[];
  readonly inPlaceOf: string | null;
  /** Whether the voter ever agreed to stand for that one. */
  readonly agreed: boolean;
  readonly createdAt: string;
}

interface StoredGrant {
  readonly id: string;
  readonly requestId: string;
  readonly state: string;
  readonly startsAt: string;
  readonly expiresAt: string;
  readonly reviews: number;
}

const ENDINGS = ['request.approved', 'request.denied', 'request.cancelled', 'request.expired'];
const LONGEST_MS = 6 * 3_600_000;

async function readFacts(store: Store, requestIds: readonly string[]): Promise<Facts> {
  const db = store.read();
  const ids = [`{${requestIds.join(',')}}`];
  const teams = (alias: string): string =>
    `(select coalesce(json_agg(distinct g), '[]') from identity other, jsonb_array_elements_text(other.groups) g
       where lower(other.email) = lower(${alias}.email) and g like 'team-%')`;
  const [requests, votes, grants, events] = await Promise.all([
    db.execute<StoredRequest[]>(
      `select r.id, r.kind, r.state, r.extends_id as "extendsId", r.duration_ms::float8 as "durationMs",
              r.decided_at as "decidedAt", r.consent_from as "consentFrom", lower(c.email) as "consentedBy",
              coalesce(r.approval->'seats', '[]') as seats,
              json_build_array(lower(q.email), lower(b.email)) as parties, ${teams('b')} as "partyTeams"
         from access_request r join identity q on q.id = r.requester_id join identity b on b.id = r.beneficiary_id
         left join identity c on c.id = r.consented_by_id where r.id = any(?::text[])`,
      ids,
    ),
    db.execute<StoredVote[]>(
      `select v.request_id as "requestId", v.verdict, v.duration_ms::float8 as "durationMs", v.claims,
              lower(i.email) as voter, ${teams('i')} as "voterTeams", lower(o.email) as "inPlaceOf",
              exists (select 1 from delegation d join identity t on t.id = d.to_id
                       where d.from_id = o.id and lower(t.email) = lower(i.email) and d.accepted_at is not null
                         and d.until > v.created_at) as agreed,
              v.created_at as "createdAt"
         from vote v join identity i on i.id = v.identity_id left join identity o on o.id = v.on_behalf_of_id
        where v.request_id = any(?::text[])`,
      ids,
    ),
    db.execute<StoredGrant[]>(
      `select g.id, g.request_id as "requestId", g.state, g.starts_at as "startsAt", g.expires_at as "expiresAt",
              (select count(*)::int from review where grant_id = g.id) as reviews
         from access_grant g where g.request_id = any(?::text[])`,
      ids,
    ),
    db.execute<{ subject: string; type: string }[]>(
      'select subject, type from event where subject = any(?::text[]) order by id',
      ids,
    ),
  ]);
  return { requests, votes, grants, events };
}

/** @returns what is broken, as sentences; empty when everything holds */
export async function brokenInvariants(world: World): Promise<readonly string[]> {
  if (world.requestIds.length === 0) return [];
  const facts = await readFacts(world.context.store, world.requestIds);
  return [
    ...facts.requests.flatMap((request) => brokenByRequest(request, facts)),
    ...facts.grants.flatMap((grant) => brokenByGrant(grant, facts)),
    ...world.votes
      .filter(({ at, groupsSeenAt }) => at.getTime() - groupsSeenAt.getTime() > GROUPS_AGE_MAX_MS)
      .map(({ requestId }) => `a vote on ${requestId} was taken on stale group facts`),
  ];
}

/** Nothing that is over is left standing or lets anybody in, once the sweep has been. */
export async function leftBehind(world: World): Promise<readonly string[]> {
  const { requests, grants } = await readFacts(world.context.store, world.requestIds);
  const now = world.now.getTime();
  const live = grants.filter(({ state }) => state === 'issuing' || state === 'active');
  const overdue = live.filter(({ expiresAt }) => Date.parse(expiresAt) <= now);
  const waiting = (await world.isFrozen()) ? [] : live.filter(({ state }) => state === 'issuing');
  const [lapsed] = await world.context.store
    .read()
    .execute<{ count: number }[]>(
      `select count(*)::int as count from access_request where id = any(?::text[]) and state = 'pending' and lapses_at <= ?`,
      [`{${requests.map(({ id }) => id).join(',')}}`, world.now],
    );
  return [
    ...(await openDoors(world, grants)),
    ...overdue.map(({ id }) => `grant ${id} outlives its deadline`),
    ...waiting.map(({ id }) => `grant ${id} is never issued`),
    ...((lapsed?.count ?? 0) > 0 ? [`${lapsed?.count} requests never lapse`] : []),
  ];
}

function brokenByRequest(request: StoredRequest, facts: Facts): string[] {
  const { id, state } = request;
  const broken: string[] = [];
  const endings = facts.events.filter(({ subject, type }) => subject === id && ENDINGS.includes(type));
  const expected = state === 'pending' ? [] : [`request.${state}`];
  if (JSON.stringify(endings.map(({ type }) => type)) !== JSON.stringify(expected))
    broken.push(`${id} is ${state}, and was ended by ${endings.map(({ type }) => type).join(' and ')}`);
  const grants = facts.grants.filter((grant) => grant.requestId === id).length;
  const due = state === 'approved' && request.kind !== 'extension' ? 1 : 0;
  if (grants !== due) broken.push(`${id} is ${state} and has ${grants} grants`);
  if (state === 'approved' && request.consentFrom !== null) {
    if (request.consentedBy !== request.consentFrom.toLowerCase()) {
      broken.push(
        `${id} was granted with the consent of ${request.consentedBy}, not of ${request.consentFrom}`,
      );
    }
  }
  const votes = facts.votes.filter((vote) => vote.requestId === id);
  broken.push(...votes.flatMap((vote) => brokenByVote(vote, request)));
  const people = votes.map(({ voter }) => voter);
  const authorities = votes.map(({ voter, inPlaceOf }) => inPlaceOf ?? voter);
  if (new Set(people).size < people.length)
    broken.push(`somebody voted twice on ${id}: ${people.join(', ')}`);
  if (new Set(authorities).size < authorities.length)
    broken.push(`one authority counted twice on ${id}: ${authorities.join(', ')}`);
  const approvals = votes.filter(({ verdict }) => verdict === 'approve');
  if (state === 'approved' && !canBeSeated(chairsOf(request), approvals)) {
    broken.push(`${id} was approved by ${approvals.map(({ voter }) => voter).join(', ') || 'nobody'}`);
  }
  if (state === 'approved' && votes.some(({ verdict }) => verdict === 'deny'))
    broken.push(`${id} was denied, too`);
  return broken;
}

function brokenByVote(
  { voter, inPlaceOf, agreed, voterTeams }: StoredVote,
  request: StoredRequest,
): string[] {
  const { id, parties, partyTeams } = request;
  const broken: string[] = [];
  if (parties.includes(voter)) broken.push(`${voter} voted on ${id}, which is their own`);
  if (inPlaceOf !== null && parties.includes(inPlaceOf))
    broken.push(`${inPlaceOf} let somebody vote on ${id}`);
  if (inPlaceOf !== null && !agreed) broken.push(`${voter} never agreed to stand for ${inPlaceOf} on ${id}`);
  const shared = voterTeams.filter((team) => partyTeams.includes(team));
  if (shared.length > 0) broken.push(`${voter} of ${shared.join(', ')} voted on ${id} of the same team`);
  return broken;
}

function chairsOf({ seats }: StoredRequest): readonly (readonly string[])[] {
  return seats.flatMap(({ count, anyOf }) => Array.from({ length: count }, () => anyOf));
}

/** By trying: there are few. */
function canBeSeated(chairs: readonly (readonly string[])[], votes: readonly StoredVote[]): boolean {
  const [chair, ...others] = chairs;
  if (chair === undefined) return true;
  return votes.some(
    (vote, index) =>
      chair.some((claim) => vote.claims.includes(claim)) && canBeSeated(others, votes.toSpliced(index, 1)),
  );
}

function brokenByGrant(grant: StoredGrant, { requests, votes }: Facts): string[] {
  const request = requests.find(({ id }) => id === grant.requestId);
  if (request === undefined) return [`grant ${grant.id} has no request`];
  const broken: string[] = [];
  const [startsMs, expiresMs] = [Date.parse(grant.startsAt), Date.parse(grant.expiresAt)];
  if (startsMs !== Date.parse(request.decidedAt ?? '')) {
    broken.push(`the clock of ${grant.id} does not start at the approval`);
  }
  const shortened = (of: StoredRequest): number => {
    const own = votes.filter(({ requestId, verdict }) => requestId === of.id && verdict === 'approve');
    return Math.min(of.durationMs, ...own.flatMap(({ durationMs }) => durationMs ?? []));
  };
  const extensions = requests.filter(
    ({ extendsId, state }) => extendsId === grant.id && state === 'approved',
  );
  const allowedMs = [request, ...extensions].reduce((sum, one) => sum + shortened(one), 0);
  if (expiresMs - startsMs !== allowedMs) {
    broken.push(`${grant.id} lasts ${expiresMs - startsMs} ms, and ${allowedMs} ms were allowed`);
  }
  if (expiresMs - startsMs > LONGEST_MS) broken.push(`${grant.id} lasts longer than the policy allows`);
  const late = extensions.find(({ decidedAt }) => Date.parse(decidedAt ?? '') >= expiresMs);
  if (late !== undefined) broken.push(`${grant.id} was extended by ${late.id} after its end`);
  if (grant.reviews !== (request.kind === 'break-glass' ? 1 : 0)) {
    broken.push(`${grant.id} of ${request.kind} has ${grant.reviews} reviews`);
  }
  return broken;
}

/** A grant that has ended, or whose deadline has passed, lets nobody in, whatever the sweep has done. */
async function openDoors(world: World, grants: readonly StoredGrant[]): Promise<string[]> {
  const over = grants.filter(
    ({ state, expiresAt }) => state !== 'active' || Date.parse(expiresAt) <= world.now.getTime(),
  );
  const broken: string[] = [];
  for (const { id } of over.slice(-5)) {
    const answer = await authorizeConnection(world.context, {
      handle: id,
      kind: 'postgres',
      clientAddress: '127.0.0.1',
      application: 'psql',
      replica: 'one',
    });
    if (answer.authorized) broken.push(`grant ${id} lets somebody in after its end`);
  }
  return broken;
}
