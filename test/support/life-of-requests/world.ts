/** People, workloads and everything that can happen to requests and grants, on a real database. */
import { randomUUID } from 'node:crypto';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { breakGlass } from '../../../src/access/break-glass.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { cancelRequest, expireRequest } from '../../../src/access/close-request.ts';
import { consentToRequest } from '../../../src/access/consent-to-request.ts';
import type { AccessContext } from '../../../src/access/context.ts';
import { delegateVotes, endDelegation, listDelegations } from '../../../src/access/delegate-votes.ts';
import { expireGrant, finishGrant, revokeGrant } from '../../../src/access/end-grant.ts';
import { freeze, readFreeze, unfreeze } from '../../../src/access/freeze.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { requestExtension } from '../../../src/access/request-extension.ts';
import { revokeMany } from '../../../src/access/revoke-many.ts';
import { expiredGrants, grantsToIssue, lapsedRequests } from '../../../src/access/sweep.ts';
import type { RequestView } from '../../../src/access/views.ts';
import { after } from '../../../src/core/clock.ts';
import { AppError, isAppError } from '../../../src/core/errors.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { upsertPerson, upsertWorkload } from '../../../src/identity/persons.ts';
import type { TestAccess } from '../access.ts';
import {
  ACCOUNT_NAMES,
  ACCOUNTS,
  type Account,
  type Action,
  GROUPS_AGE_MAX_MS,
  type Holder,
  type TakenVote,
} from './actions.ts';

const JOB_HAS_MS = 310_000;
const PREPARED = { prepare: async () => undefined };
const UNREACHABLE = {
  prepare: async (): Promise<void> => {
    throw new Error('the target does not answer');
  },
};

export class World {
  context: AccessContext;
  readonly requestIds: string[] = [];
  readonly votes: TakenVote[] = [];
  readonly #access: TestAccess;
  readonly #people = new Map<Account, Person>();
  readonly #holders = new Map<string, Identity>();

  private constructor(access: TestAccess) {
    this.#access = access;
    this.context = access.context;
  }

  /** Everybody has just signed in, nothing is frozen, and nobody stands for another. */
  static async create(access: TestAccess): Promise<World> {
    const world = new World(access);
    const db = access.store.read();
    await db.execute('update "freeze" set frozen_at = null, frozen_by = null, reason = null');
    await db.execute('update delegation set ended_at = created_at where ended_at is null');
    const { clock, identity } = access;
    // What is older than the last statement about somebody is not believed.
    clock.stepMs(GROUPS_AGE_MAX_MS + 120_000);
    for (const name of ACCOUNT_NAMES) {
      await world.#signIn(
        name,
        name === 'frank' ? after(clock.now(), -GROUPS_AGE_MAX_MS - 60_000) : clock.now(),
      );
    }
    const migrator = await upsertWorkload(identity, { name: 'migrator', owner: 'dana@example.com' }, {});
    world.#holders.set(migrator.id, migrator);
    return world;
  }

  get now(): Date {
    return this.context.clock.now();
  }

  /** @throws AppError when it is refused, as often happens */
  async act(action: Action): Promise<void> {
    const { context } = this;
    switch (action.do) {
      case 'request':
        return this.#request(action);
      case 'take':
        return this.#take(action);
      case 'vote':
        return this.#vote(action);
      case 'consent': {
        const by = this.#person(action.who);
        const common = { by, verdict: action.verdict, note: 'because', platform: 'web' };
        await consentToRequest(context, { requestId: this.#requestAt(action.request), ...common });
        return;
      }
      case 'get':
        return this.#get(action.who);
      case 'agree':
        return this.#agree(this.#requestAt(action.request));
      case 'cancel': {
        const { requester, id } = await this.#requesterOf(action.request);
        await cancelRequest(context, { requestId: id, by: requester });
        return;
      }
      case 'delegate': {
        const until = after(this.now, action.minutes * 60_000);
        await delegateVotes(context, {
          from: this.#person(action.who),
          toId: this.#person(action.to).id,
          until,
        });
        return;
      }
      case 'accept delegations':
        return this.#acceptDelegations(this.#person(action.who));
      case 'end delegations':
        return this.#endDelegations(this.#person(action.who));
      case 'issue': {
        const { id } = await this.#grantAt(action.grant);
        await issueGrant(context, { grantId: id, preparer: action.fails ? UNREACHABLE : PREPARED });
        return;
      }
      case 'extend': {
        const { id, holder } = await this.#grantAt(action.grant);
        const request = { grantId: id, by: holder, byMs: action.minutes * 60_000, reason: 'more' };
        const made = await requestExtension(context, {
          ...request,
          origin: null,
          idempotencyKey: randomUUID(),
        });
        this.requestIds.push(made.id);
        return;
      }
      case 'revoke': {
        const { id } = await this.#grantAt(action.grant);
        await revokeGrant(context, { grantId: id, by: this.#person(action.who), reason: 'enough' });
        return;
      }
      case 'revoke everything':
        await revokeMany(context, {
          by: this.#person('hank'),
          what: { kind: 'everything' },
          reason: 'enough',
        });
        return;
      case 'done': {
        const { id, holder } = await this.#grantAt(action.grant);
        await finishGrant(context, { grantId: id, by: holder });
        return;
      }
      case 'freeze':
        await freeze(context, { by: this.#person('hank'), reason: 'an incident' });
        return;
      case 'unfreeze':
        await unfreeze(context, { by: this.#person('hank'), reason: 'over' });
        return;
      case 'sweep':
        return this.sweep();
      case 'restart':
        return this.#restart();
      case 'sign in':
        return this.#signIn(action.who, this.now);
      case 'wait':
        this.#access.clock.stepMs(action.minutes * 60_000);
        return;
    }
  }

  /** What the jobs do from the stored state, whatever was queued; it leaves a job its time to come by itself. */
  async sweep(): Promise<void> {
    const { context } = this;
    this.#access.clock.stepMs(JOB_HAS_MS);
    for (const due of await lapsedRequests(context)) await expireRequest(context, due);
    for (const due of await expiredGrants(context)) await expireGrant(context, due);
    for (const due of await grantsToIssue(context)) await issueGrant(context, { ...due, preparer: PREPARED });
  }

  async isFrozen(): Promise<boolean> {
    return (await readFreeze(this.context)).frozen;
  }

  /** The process is gone with all that it had in memory, and the queue lost every job. */
  async #restart(): Promise<void> {
    await this.context.store.read().execute('delete from outbox');
    this.context = { ...this.#access.context };
    await this.sweep();
  }

  async #request(action: Extract<Action, { do: 'request' }>): Promise<void> {
    const requester = this.#holderNamed(action.who);
    const beneficiary = action.for === action.who ? null : this.#holderNamed(action.for);
    const asked = {
      requester,
      beneficiary,
      role: 'write',
      durationMs: action.minutes * 60_000,
      ...ANY_REQUEST,
    };
    this.#noteRequest(await requestAccess(this.context, { ...asked, idempotencyKey: randomUUID() }));
  }

  async #get(who: Holder): Promise<void> {
    const asked = { requester: this.#holderNamed(who), role: 'write', durationMs: 3_600_000, ...ANY_REQUEST };
    const made = await requestAccess(this.context, { ...asked, idempotencyKey: randomUUID() });
    this.#noteRequest(made);
    await this.#agree(made.id);
    const [grant] = await this.context.store
      .read()
      .execute<{ id: string }[]>('select id from access_grant where request_id = ?', [made.id]);
    if (grant !== undefined) await issueGrant(this.context, { grantId: grant.id, preparer: PREPARED });
  }

  async #take({ who, how }: Extract<Action, { do: 'take' }>): Promise<void> {
    const asked = { requester: this.#person(who), role: 'read', durationMs: 1_800_000, ...ANY_REQUEST };
    const made = how === 'automatic' ? requestAccess : breakGlass;
    this.#noteRequest(await made(this.context, { ...asked, idempotencyKey: randomUUID() }));
  }

  async #vote(action: Extract<Action, { do: 'vote' }>): Promise<void> {
    const voter = this.#person(action.who);
    const requestId = this.#requestAt(action.request);
    const durationMs = action.minutes === null ? null : action.minutes * 60_000;
    const at = this.now;
    const note = action.verdict === 'deny' ? 'no' : null;
    await castVote(this.context, {
      requestId,
      voter,
      verdict: action.verdict,
      durationMs,
      note,
      platform: 'web',
    });
    this.votes.push({ requestId, at, groupsSeenAt: voter.groupsSeenAt });
  }

  async #agree(requestId: string): Promise<void> {
    const common = { requestId, verdict: 'approve', note: null, platform: 'web' } as const;
    for (const name of ['alice', 'erin', 'dana'] as const) {
      await consentToRequest(this.context, { ...common, by: this.#person(name) }).catch(ignoreRefusal);
    }
    for (const name of ['bob', 'dana', 'carol'] as const) {
      const voter = this.#person(name);
      const at = this.now;
      const taken = await castVote(this.context, { ...common, voter, durationMs: null }).catch(ignoreRefusal);
      if (taken !== undefined) this.votes.push({ requestId, at, groupsSeenAt: voter.groupsSeenAt });
    }
  }

  async #acceptDelegations(by: Person): Promise<void> {
    for (const { id, to, acceptedAt } of await listDelegations(this.context, { of: by })) {
      if (to.id === by.id && acceptedAt === null) await acceptDelegation(this.context, { id, by });
    }
  }

  async #endDelegations(by: Person): Promise<void> {
    for (const { id, from } of await listDelegations(this.context, { of: by })) {
      if (from.id === by.id) await endDelegation(this.context, { id, by });
    }
  }

  async #signIn(name: Account, toldAt: Date): Promise<void> {
    const { identity } = this.#access;
    const issuer = identity.settings().oidc?.issuer ?? '';
    const { email, groups } = ACCOUNTS[name];
    const person = await upsertPerson(identity, { issuer, subject: name, email, name, groups, toldAt });
    this.#people.set(name, person);
    this.#holders.set(person.id, person);
  }

  #noteRequest({ id }: RequestView): void {
    this.requestIds.push(id);
  }

  #person(name: Account): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`${name} is nobody`);
    return person;
  }

  #holderNamed(name: Holder): Identity {
    const holder = name === 'migrator' ? this.#holders.get('workload:migrator') : this.#people.get(name);
    if (holder === undefined) throw new Error(`${name} is nobody`);
    return holder;
  }

  /** The newest first. @throws AppError where there is none yet */
  #requestAt(index: number): string {
    const id = this.requestIds.at(-1 - (index % Math.max(1, this.requestIds.length)));
    if (id === undefined) throw new AppError('not_found', 'There is no request yet.');
    return id;
  }

  async #requesterOf(index: number): Promise<{ id: string; requester: Identity }> {
    const id = this.#requestAt(index);
    const [row] = await this.context.store
      .read()
      .execute<{ requester: string }[]>('select requester_id as requester from access_request where id = ?', [
        id,
      ]);
    return { id, requester: this.#known(row?.requester ?? '') };
  }

  async #grantAt(index: number): Promise<{ id: string; holder: Identity }> {
    const rows = await this.context.store
      .read()
      .execute<{ id: string; holder: string }[]>(
        'select id, holder_id as holder from access_grant where request_id = any(?::text[]) order by created_at desc, id',
        [`{${this.requestIds.join(',')}}`],
      );
    const row = rows[index % Math.max(1, rows.length)];
    if (row === undefined) throw new AppError('not_found', 'There is no grant yet.');
    return { id: row.id, holder: this.#known(row.holder) };
  }

  #known(id: string): Identity {
    const identity = this.#holders.get(id);
    if (identity === undefined) throw new Error(`${id} is nobody`);
    return identity;
  }
}

/** Whoever is not asked is refused, and the next one tries. */
function ignoreRefusal(error: unknown): undefined {
  if (!isAppError(error)) throw error;
}

const ANY_REQUEST = {
  resource: 'orders-db',
  reason: 'work',
  ticket: null,
  incident: null,
  origin: null,
} as const;
