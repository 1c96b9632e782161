/** What is stored, asked past the server: the tests' own view of grants, cards, jobs and the audit log. */
import type { CardSubject } from '../../../src/access/ports.ts';
import { type ChainReport, verifyChain } from '../../../src/audit/chain.ts';
import type { Secret } from '../../../src/core/secret.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { Deployment } from './deployment.ts';

type Queried = Pick<Deployment, 'query'>;

export interface StoredGrant {
  readonly id: string;
  readonly state: string;
}

export async function grantsOf(deployment: Queried, requestId: string): Promise<StoredGrant[]> {
  return deployment.query<StoredGrant>('select id, state from access_grant where request_id = $1', [
    requestId,
  ]);
}

/**
 * Moves grants back in time, deadline included: for every reader, hours have gone by. Past the triggers, which
 * allow no such thing; only a superuser can.
 */
export async function passDeadline(deployment: Queried, grantIds: readonly string[]): Promise<void> {
  await deployment.query(
    `update access_grant set starts_at = starts_at - interval '2 hours', expires_at = expires_at - interval '2 hours'
      where id = any($1) and (select set_config('session_replication_role', 'replica', true)) = 'replica'`,
    [grantIds],
  );
}

/** By which label a card names its subject, and in which channels it is looked for. */
const SHOWN_AS: Readonly<Record<CardSubject, { label: string; channel: string }>> = {
  request: { label: 'ID', channel: '%' },
  // A session's card names the grant as well, but never in a private channel.
  grant: { label: 'Access', channel: '@%' },
  session: { label: 'Session', channel: '%' },
  hold: { label: 'ID', channel: '%' },
  // Replies in the thread of a request's or a review's card, which they name.
  reminder: { label: 'Reminder of', channel: '%' },
  escalation: { label: 'Escalation of', channel: '%' },
  delegation: { label: 'ID', channel: '@%' },
  closing: { label: 'Closed', channel: '@%' },
  review: { label: 'ID', channel: '%' },
  'review-reminder': { label: 'Reminder of', channel: '%' },
  'policy-change': { label: 'ID', channel: '%' },
  freeze: { label: 'ID', channel: '%' },
  incident: { label: 'ID', channel: '%' },
  'chat-account-change': { label: 'Change', channel: '@%' },
  alert: { label: 'ID', channel: '%' },
};

/** How many messages carry the card of a subject: by the key that keeps it single, and by what people see. */
export async function countCards(
  deployment: Queried,
  of: { readonly subject: CardSubject; readonly id: string },
): Promise<{ byKey: number; shown: number }> {
  const { label, channel } = SHOWN_AS[of.subject];
  const [counted] = await deployment.query<{ byKey: number; shown: number }>(
    `select count(*) filter (where key like $1)::int as "byKey",
            count(*) filter (where card -> 'fields' @> $2::jsonb and channel like $3)::int as shown
       from chat_message`,
    [`${of.subject}:${of.id}:%`, JSON.stringify([{ label, value: of.id }]), channel],
  );
  return counted ?? { byKey: 0, shown: 0 };
}

/** Recomputes the whole audit log. */
export async function auditReport(url: Secret<string>): Promise<ChainReport> {
  const store = await openStore({ url });
  try {
    return await verifyChain(store);
  } finally {
    await store.close();
  }
}
