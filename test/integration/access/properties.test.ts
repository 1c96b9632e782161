/**
 * Whatever happens to requests in whatever order, several things at once included: one outcome each, no grant past
 * its deadline, a quorum of distinct people, and no vote by whom it concerns. `test/soak` runs the same for longer.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { useTestAccess } from '../../support/access.ts';
import { checkLives } from '../../support/life-of-requests/commands.ts';
import { brokenInvariants, leftBehind } from '../../support/life-of-requests/invariants.ts';
import { LIFE_POLICY } from '../../support/life-of-requests/policy.ts';
import { World } from '../../support/life-of-requests/world.ts';

const access = useTestAccess({ policy: LIFE_POLICY });

test('every interleaving keeps what must hold', { timeout: 120_000 }, () =>
  checkLives(access.current, { runs: 20, commandsMax: 20, timeMaxMs: 10_000 }),
);

describe('what does not hold is noticed', () => {
  let world: World;
  const execute = (text: string): Promise<unknown> => access.current.store.read().execute(text);
  /** As somebody with the database's own rights could, past every trigger. */
  const tamper = async (table: string, text: string): Promise<void> => {
    await execute(`alter table "${table}" disable trigger user`);
    await execute(text);
    await execute(`alter table "${table}" enable trigger user`);
  };
  beforeEach(async () => {
    access.current.applyPolicy(LIFE_POLICY);
    world = await World.create(access.current);
    await world.act({ do: 'get', who: 'erin' });
    expect(await brokenInvariants(world)).toEqual([]);
  });
  const requestId = (): string => world.requestIds[0] ?? '';

  test('a vote on stale group facts', async () => {
    access.current.applyPolicy(
      `${LIFE_POLICY}identity: { oidc: { issuer: "https://idp.test.example", clientId: s, groupsMaxAge: 30d } }\n`,
    );
    await world.act({ do: 'request', who: 'erin', for: 'erin', minutes: 60 });
    await world.act({ do: 'vote', who: 'frank', request: 0, verdict: 'approve', minutes: null });
    expect(await brokenInvariants(world)).toEqual([expect.stringContaining('stale group facts')]);
  });

  test('a vote by whom it concerns, and a second of the same person', async () => {
    await tamper(
      'vote',
      `insert into vote (request_id, identity_id, verdict, claims, platform, created_at)
         select '${requestId()}', id, 'approve', '["group:sre"]', 'web', now() from identity where subject in ('erin', 'danaElsewhere')`,
    );
    const broken = await brokenInvariants(world);
    expect(broken).toContainEqual(expect.stringContaining('erin@example.com voted on'));
    expect(broken).toContainEqual(expect.stringContaining('somebody voted twice'));
  });

  test('an approval by one person in both groups, whom nobody else joined', async () => {
    await tamper(
      'vote',
      `delete from vote where request_id = '${requestId()}' and claims @> '["group:sre"]'`,
    );
    expect(await brokenInvariants(world)).toEqual([
      expect.stringContaining('was approved by dana@example.com'),
    ]);
  });

  test('a second outcome, a longer grant, and one that is left standing', async () => {
    await execute(
      `insert into event (at, type, actor_id, subject, data) values (now(), 'request.denied', null, '${requestId()}', '{}')`,
    );
    await tamper(
      'access_grant',
      `update access_grant set expires_at = expires_at + interval '1 minute' where request_id = '${requestId()}'`,
    );
    const broken = await brokenInvariants(world);
    expect(broken).toContainEqual(expect.stringMatching(/was ended by request.approved and request.denied/));
    expect(broken).toContainEqual(expect.stringMatching(/lasts 3660000 ms, and 3600000 ms were allowed/));
    await world.act({ do: 'wait', minutes: 240 });
    expect(await leftBehind(world)).toContainEqual(expect.stringContaining('outlives its deadline'));
  });
});
