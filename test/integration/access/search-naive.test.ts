/** Whatever the limits are, a search finds what reading everything finds: the same sessions, order, counts and hits. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { findPage, type SearchLimits } from '../../../src/access/search/find-page.ts';
import type { FoundSession } from '../../../src/access/search/found.ts';
import { lexemesOf } from '../../../src/access/search/lexemes.ts';
import { filterQuery, parseSearch } from '../../../src/access/search/query.ts';
import { questionOf } from '../../../src/access/search/question.ts';
import type { Person } from '../../../src/core/identity.ts';
import type { SessionPlace } from '../../../src/store/operations/search-candidates.ts';
import { putSearchEntries } from '../../../src/store/operations/search-entries.ts';
import { useTestAccess } from '../../support/access.ts';
import { liveGrant, liveSession } from '../../support/live-session.ts';
import { tries } from '../../support/thoroughness.ts';

const access = useTestAccess();
const WORDS = ['select', 'update', 'orders', 'refunds', 'paid', 'alpha', 'alpine', 'beta'];
/** Some words are facts of some sessions, too. */
const INCIDENTS = ['inc-refunds-stuck', 'inc-slow-beta', 'inc-on-call'];
const SESSIONS = 24;
const ENTRIES_MAX = 30;
const STEP_MS = 60_000;

interface Entry {
  readonly ordinal: number;
  readonly words: readonly string[];
  readonly risk: number;
  readonly denied: boolean;
}
interface Made {
  readonly id: string;
  readonly holderId: string;
  readonly startedAt: Date;
  readonly facts: string;
  readonly entries: readonly Entry[];
}
let made: Made[];
let aliceId: string;

beforeAll(async () => {
  const { context, store, person } = access.current;
  const alice = await person('alice', ['engineering']);
  const erin = await person('erin', ['engineering']);
  aliceId = alice.id;
  const grants: { readonly grantId: string; readonly incident: string; readonly requester: Person }[] = [];
  for (const [index, incident] of INCIDENTS.entries()) {
    const requester = index === 2 ? erin : alice;
    const { grantId } = await liveGrant(access.current, { role: 'read', requester, incident });
    grants.push({ grantId, incident, requester });
  }
  const now = context.clock.now().getTime();
  made = [];
  for (const [index, entries] of fc.sample(fc.array(ENTRY, { maxLength: ENTRIES_MAX }), SESSIONS).entries()) {
    const grant = grants[index % grants.length];
    if (grant === undefined) throw new Error('there are grants');
    const id = await liveSession(access.current, grant.grantId);
    const startedAt = new Date(now - index * STEP_MS);
    const session: Made = {
      id,
      holderId: grant.requester.id,
      startedAt,
      facts: ` orders db a live grant ${grant.incident.replaceAll('-', ' ')} ${grant.requester.name.toLowerCase()} `,
      entries: entries.map((entry, at) => ({ ...entry, ordinal: at + 1 })),
    };
    await store.transaction(async (db) => {
      await db.execute('update session set started_at = ? where id = ?', [startedAt, id]);
      await db.execute('update search_progress set entries = ? where session_id = ?', [entries.length, id]);
      await putSearchEntries(db, {
        sessionId: id,
        entries: session.entries.map(rowOf),
      });
    });
    made.push(session);
  }
});

const ENTRY = fc.record({
  words: fc.array(fc.constantFrom(...WORDS.slice(0, 7)), { minLength: 1, maxLength: 5 }),
  risk: fc.integer({ min: 0, max: 3 }),
  denied: fc.boolean(),
});

function rowOf({ ordinal, words, risk, denied }: Entry) {
  const text = words.join(' ');
  const common = { text, denied, held: false, masked: false, relations: [], files: [] };
  return {
    ...common,
    ordinal,
    risk,
    failed: false,
    kind: 'statement' as const,
    statement: ordinal,
    atMs: ordinal * 1_000,
    cut: false,
    action: 'allow',
    rule: null,
    operation: 'select',
    words: lexemesOf({ ...common, parameters: [] }),
  };
}

interface Asked {
  readonly terms: readonly { readonly text: string; readonly excluded: boolean }[];
  readonly denied: boolean;
  readonly own: boolean;
  readonly sinceMs: number | null;
}

const TERM = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...WORDS) },
  fc.constantFrom('al*', 'up*', 'alice', 'stuck', 'nothing'),
  fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS)).map((pair) => `"${pair.join(' ')}"`),
);
const ASKED: fc.Arbitrary<Asked> = fc.record({
  terms: fc.array(fc.record({ text: TERM, excluded: fc.integer({ max: 4, min: 0 }).map((n) => n === 0) }), {
    maxLength: 3,
  }),
  denied: fc.boolean(),
  own: fc.boolean(),
  sinceMs: fc.option(fc.integer({ min: 0, max: SESSIONS * STEP_MS })),
});
const LIMITS: fc.Arbitrary<SearchLimits> = fc.record({
  firstEntries: fc.integer({ min: 1, max: 40 }),
  firstSessions: fc.integer({ min: 1, max: 6 }),
  entries: fc.integer({ min: 1, max: 60 }),
  sessions: fc.integer({ min: 1, max: 6 }),
  rareEntries: fc.integer({ min: 0, max: 60 }),
  tellingEntries: fc.integer({ min: 0, max: 30 }),
  patienceMs: fc.constantFrom(0, 60_000),
});

test('a search finds what reading everything finds, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(ASKED, LIMITS, fc.integer({ min: 1, max: 8 }), async (asked, limits, limit) => {
      const found = await allPages(asked, limits, limit);
      const expected = readEverything(asked);
      expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      for (const [index, { count, ordinals, isAtLeast }] of found.entries()) {
        // Of one that was read in part nothing is promised but that it is there.
        if (!isAtLeast) expect({ count, ordinals }).toEqual(expected[index]?.hits);
        else expect(limits.patienceMs).toBe(0);
      }
    }),
    { numRuns: tries({ byDay: 30, byNight: 1_500 }) },
  );
});

async function allPages(asked: Asked, limits: SearchLimits, limit: number): Promise<FoundSession[]> {
  const search = asked.terms.map(({ text, excluded }) => `${excluded ? '-' : ''}${text}`).join(' ');
  const question = questionOf(parseSearch(search), filterQuery({ denied: asked.denied }));
  const visibleTo = asked.own ? { identityId: aliceId, claims: [] } : null;
  const since = sinceOf(asked);
  const all: FoundSession[] = [];
  let behind: SessionPlace | undefined;
  do {
    const looking = { filter: { visibleTo, behind, since }, question, limit, limits };
    const page = await findPage(access.current.store, looking);
    expect(page.sessions.length).toBeLessThanOrEqual(limit);
    if (page.sessions.length < limit && page.next !== null) expect(page.isCutShort).toBe(true);
    all.push(...page.sessions);
    behind = page.next ?? undefined;
  } while (behind !== undefined);
  return all;
}

function sinceOf({ sinceMs }: Asked): Date | undefined {
  const newest = made[0];
  return sinceMs === null || newest === undefined
    ? undefined
    : new Date(newest.startedAt.getTime() - sinceMs);
}

function readEverything(asked: Asked): { id: string; hits: { count: number; ordinals: number[] } }[] {
  const since = sinceOf(asked);
  return made.flatMap((session) => {
    if (asked.own && session.holderId !== aliceId) return [];
    const inFacts = asked.terms.map(({ text }) => session.facts.includes(` ${text.replaceAll(/["*]/g, '')}`));
    if (asked.terms.some(({ excluded }, index) => excluded && inFacts[index])) return [];
    const missing = asked.terms.filter((_, index) => !inFacts[index]);
    const isAsked = (terms: Asked['terms']): boolean =>
      asked.denied || terms.some(({ excluded }) => !excluded);
    const terms = isAsked(missing) ? missing : asked.terms;
    const inTime = session.entries.filter(
      ({ ordinal }) =>
        since === undefined || session.startedAt.getTime() + ordinal * 1_000 >= since.getTime(),
    );
    const meets = (own: Asked['terms']) => inTime.filter((entry) => isAsked(own) && isMet(entry, own, asked));
    const full = meets(asked.terms);
    const hits = full.length > 0 ? full : meets(terms);
    if (hits.length === 0 && isAsked(missing)) return [];
    const best = hits
      .toSorted((one, other) => other.risk - one.risk || one.ordinal - other.ordinal)
      .slice(0, 3);
    const ordinals = best.map(({ ordinal }) => ordinal).toSorted((one, other) => one - other);
    return [{ id: session.id, hits: { count: hits.length, ordinals } }];
  });
}

function isMet(entry: Entry, terms: Asked['terms'], { denied }: Asked): boolean {
  const text = ` ${entry.words.join(' ')} `;
  const has = (term: string): boolean =>
    term.endsWith('*')
      ? text.includes(` ${term.slice(0, -1)}`)
      : text.includes(` ${term.replaceAll('"', '')} `);
  return (!denied || entry.denied) && terms.every((term) => has(term.text) !== term.excluded);
}
