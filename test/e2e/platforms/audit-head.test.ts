/** The head of the audit log as Slack and Teams show it: the witness outside of the database. */
import { expect, test } from 'vitest';
import { chainEvents } from '../../../src/audit/chain.ts';
import { listEvents } from '../../../src/store/operations/events.ts';
import { makeSigner } from '../../support/signer.ts';
import { useSlackAndTeams } from '../../support/slack-and-teams.ts';
import { readable } from '../../support/teams/driver.ts';

const both = useSlackAndTeams({
  policy: `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    roles: { read: { allow: [select] } }
access:
  - name: databases
    who: { groups: [engineering] }
    to: { kind: postgres }
    roles: [read]
    approval: { from: [{ group: sre, count: 1 }], within: 30m }
oversight: { groups: [responders] }
`,
});

test('a day’s head is one new message in the audit channel of each, with all of its digits', async () => {
  const { context, clock, errands, workspace, tenant } = both.current;
  const alice = await both.current.user('alice', ['engineering']);
  await alice.inSlack.command('inc-42', 'request orders-db as read for 1h because payouts hang');
  await both.current.settle();
  const signer = makeSigner();
  await chainEvents(context.store, { signers: signer, clock });
  clock.stepMs(24 * 3_600_000);
  await chainEvents(context.store, { signers: signer, clock });
  await errands.postAuditHead();
  await errands.postAuditHead();
  const [event] = await listEvents(context.store.read(), { limit: 1 });
  expect(event).toMatchObject({ type: 'audit.head-posted', data: { platforms: ['slack', 'teams'] } });
  const head = `${event?.data['sequence']}:${event?.data['sha256']}`;
  const inSlack = (await workspace.messages('access-audit')).map((message) => JSON.stringify(message));
  expect(inSlack.filter((text) => text.includes(`audit verify --head ${head}`))).toHaveLength(1);
  const inTeams = tenant.messages('access-audit').map((message) => readable(message));
  expect(inTeams.filter((text) => text.includes(`audit verify --head ${head}`))).toHaveLength(1);
});
