/** What the use cases see to, tried against the database itself: it refuses by itself. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { commentOnRequest } from '../../../src/access/comment-on-request.ts';
import { delegateVotes } from '../../../src/access/delegate-votes.ts';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { after } from '../../../src/core/clock.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, formerly, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });

const run = (sql: string, values: readonly unknown[] = []): Promise<unknown> =>
  access.current.store.read().execute(sql, [...values]);

const insertVote = (requestId: string, voterId: string, onBehalfOf: string | null = null): Promise<unknown> =>
  run(
    `insert into vote (request_id, identity_id, on_behalf_of_id, verdict, claims, platform, created_at)
     values (?, ?, ?, 'approve', '[]', 'web', now())`,
    [requestId, voterId, onBehalfOf],
  );

/** As if the one had accepted to vote in the place of the other. */
const delegated = (fromId: string, toId: string): Promise<unknown> =>
  run(
    `insert into delegation (id, from_id, to_id, claims, created_at, accepted_at, until)
     values (?, ?, ?, '[]', now(), now(), now() + interval '1 day')`,
    [randomUUID(), fromId, toId],
  );

async function cast() {
  const { person } = access.current;
  return {
    alice: await person('alice', ['engineering']),
    bob: await person('bob', ['sre']),
    dana: await person('dana', ['dba']),
    eve: await person('eve', ['engineering']),
    olga: await person('olga', ['responders']),
  };
}

test('a vote by the requester, the beneficiary, a linked account of theirs or in their place', async () => {
  const { context } = access.current;
  const { alice, bob, eve } = await cast();
  const request = await ask(context, alice, { beneficiary: eve });
  const aliceBefore = await formerly(access.current, 'alice', []);
  for (const [voter, instead] of [
    [alice, null],
    [eve, null],
    [aliceBefore, null],
    [bob, alice],
    [bob, eve],
    [bob, aliceBefore],
  ] as const) {
    await expect(insertVote(request.id, voter.id, instead?.id)).rejects.toThrow(/nobody votes on their own/);
  }
  await expect(insertVote(request.id, bob.id, bob.id)).rejects.toThrow();
});

test('a second vote of one person, on another account or in their place, and a change of one', async () => {
  const { context, person } = access.current;
  const { alice, bob, dana } = await cast();
  const request = await ask(context, alice);
  await expect(insertVote(request.id, bob.id, dana.id)).rejects.toThrow(/in the place of/);
  await delegated(dana.id, bob.id);
  await insertVote(request.id, bob.id, dana.id);
  const bobBefore = await formerly(access.current, 'bob', []);
  const carol = await person('carol', []);
  for (const [voter, instead] of [
    [bob, null],
    [bobBefore, null],
    [dana, null],
    [carol, dana],
    [carol, bobBefore],
  ] as const) {
    await expect(insertVote(request.id, voter.id, instead?.id)).rejects.toThrow(
      /one person votes once|duplicate/,
    );
  }
  for (const sql of [
    `update vote set verdict = 'deny' where request_id = ?`,
    'delete from vote where request_id = ?',
  ]) {
    await expect(run(sql, [request.id])).rejects.toThrow(/append-only/);
  }
});

test('a vote on what is decided', async () => {
  const { context } = access.current;
  const { alice, bob, dana } = await cast();
  const request = await ask(context, alice, { role: 'read' });
  await vote(context, { request, voter: bob });
  await expect(insertVote(request.id, dana.id)).rejects.toThrow(/takes no vote/);
});

test('an approval without the consent, and a consent of somebody else, twice or after the end', async () => {
  const { context } = access.current;
  const { alice, bob, eve } = await cast();
  const { id } = await ask(context, alice, { role: 'read', beneficiary: eve });
  const consent = (who: string): Promise<unknown> =>
    run('update access_request set consented_by_id = ?, consented_at = now() where id = ?', [who, id]);
  await expect(
    run(`update access_request set state = 'approved', decided_at = now() where id = ?`, [id]),
  ).rejects.toThrow();
  await expect(consent(bob.id)).rejects.toThrow(/consent to request/);
  await consent(eve.id);
  await expect(consent(eve.id)).rejects.toThrow(/given already/);
  const other = await ask(context, alice, { role: 'read', beneficiary: eve });
  await run(`update access_request set state = 'denied', decided_at = now() where id = ?`, [other.id]);
  await expect(
    run('update access_request set consented_by_id = ?, consented_at = now() where id = ?', [
      eve.id,
      other.id,
    ]),
  ).rejects.toThrow(/is denied already/);
});

test('another holder, duration, reason, policy or need than what was asked', async () => {
  const { context } = access.current;
  const { alice, bob } = await cast();
  const { id } = await ask(context, alice, { role: 'watched' });
  for (const change of [
    `beneficiary_id = '${bob.id}'`,
    'duration_ms = duration_ms * 2',
    `reason = 'another'`,
    `role = 'write'`,
    `policy = 'other'`,
    `lapses_at = lapses_at + interval '1 hour'`,
    `approval = '{"kind":"auto"}'`,
  ]) {
    await expect(run(`update access_request set ${change} where id = ?`, [id])).rejects.toThrow(/request/);
  }
  await run('update access_request set escalated_at = now(), reminded_at = now() where id = ?', [id]);
  for (const change of ['escalated_at = now()', 'reminded_at = null', `approval = '{"kind":"auto"}'`]) {
    await expect(run(`update access_request set ${change} where id = ?`, [id])).rejects.toThrow(/request/);
  }
});

test('another word in a comment', async () => {
  const { context } = access.current;
  const { alice } = await cast();
  const { id } = await ask(context, alice);
  await commentOnRequest(context, { requestId: id, by: alice, text: 'yes', platform: 'web' });
  for (const sql of [
    `update request_comment set text = 'no' where request_id = ?`,
    'delete from request_comment where request_id = ?',
  ]) {
    await expect(run(sql, [id])).rejects.toThrow(/append-only/);
  }
});

test('a delegation that lasts longer, says more, goes to oneself, or comes back', async () => {
  const { context, clock } = access.current;
  const { bob, dana } = await cast();
  const { id } = await delegateVotes(context, {
    from: bob,
    toId: dana.id,
    until: after(clock.now(), 3_600_000),
  });
  const insert = (fromId: string, toId: string, days: number): Promise<unknown> =>
    run(
      `insert into delegation (id, from_id, to_id, claims, created_at, until)
       values (?, ?, ?, '[]', now(), now() + make_interval(days => ?))`,
      [randomUUID(), fromId, toId, days],
    );
  await expect(insert(bob.id, dana.id, 1)).rejects.toThrow(/delegation_one_offer/);
  await expect(insert(dana.id, dana.id, 1)).rejects.toThrow();
  await expect(insert(dana.id, bob.id, 32)).rejects.toThrow();
  for (const change of [`until = until + interval '1 day'`, `claims = '["group:root"]'`]) {
    await expect(run(`update delegation set ${change} where id = ?`, [id])).rejects.toThrow(/only ends/);
  }
  await run('update delegation set accepted_at = created_at where id = ?', [id]);
  for (const change of ['accepted_at = null', 'accepted_at = now()']) {
    await expect(run(`update delegation set ${change} where id = ?`, [id])).rejects.toThrow(
      /accepted already/,
    );
  }
  await run('update delegation set ended_at = now() where id = ?', [id]);
  await expect(run('update delegation set ended_at = null where id = ?', [id])).rejects.toThrow(/only ends/);
});

test('a step-up link for another decision, used without a sign-in, late or twice', async () => {
  const { context } = access.current;
  const { alice, bob } = await cast();
  const request = await ask(context, alice, { role: 'signed' });
  await expect(vote(context, { request, voter: bob })).rejects.toMatchObject({ code: 'step_up_required' });
  const change = (what: string): Promise<unknown> =>
    run(`update step_up set ${what} where request_id = ?`, [request.id]);
  for (const what of [
    `verdict = 'deny'`,
    'duration_ms = 60000',
    `identity_id = '${alice.id}'`,
    `shown_sha256 = ''`,
    `expires_at = expires_at + interval '1 hour'`,
    'used_at = now()',
    'used_at = expires_at, signed_in_at = now()',
  ]) {
    await expect(change(what)).rejects.toThrow(/works once/);
  }
  await change('used_at = now(), signed_in_at = now()');
  await expect(change('used_at = null')).rejects.toThrow(/works once/);
});

test('a grant, or a later deadline of one, while access is frozen', async () => {
  const { context } = access.current;
  const { eve, olga } = await cast();
  const live = await ask(context, eve, { role: 'free' });
  const grantId = live.grant?.id ?? '';
  const waiting = await ask(context, eve, { role: 'read' });
  await freeze(context, { by: olga, reason: 'an incident' });
  try {
    await expect(
      run(
        `insert into access_grant (id, request_id, state, holder_id, duration_ms, starts_at, expires_at, created_at)
         values ('g-aaaaaaaa', ?, 'issuing', ?, 60000, now(), now() + interval '1 minute', now())`,
        [waiting.id, eve.id],
      ),
    ).rejects.toThrow(/nothing is granted/);
    await expect(run(`update access_grant set state = 'active' where id = ?`, [grantId])).rejects.toThrow(
      /nothing is granted/,
    );
  } finally {
    await unfreeze(context, { by: olga, reason: '' });
  }
  await run(`update access_grant set state = 'active' where id = ?`, [grantId]);
  for (const change of [
    `expires_at = expires_at - interval '1 minute'`,
    `expires_at = expires_at + interval '1 minute'`,
    `holder_id = '${olga.id}'`,
    `starts_at = starts_at + interval '1 second'`,
  ]) {
    await expect(run(`update access_grant set ${change} where id = ?`, [grantId])).rejects.toThrow(/grant/);
  }
});
