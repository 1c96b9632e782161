import { listLinkedAccounts } from '../store/operations/linked-accounts.ts';
import type { AccessContext } from './context.ts';
import { partyOf } from './read-views.ts';
import type { PartyView, RequestView } from './views.ts';

/** Whoever still has to consent to a request, as far as they are known here; nobody where that is settled. */
export async function listWhoConsents(
  context: AccessContext,
  input: { request: Pick<RequestView, 'consent'> },
): Promise<PartyView[]> {
  const { consent } = input.request;
  if (consent === null || consent.given) return [];
  const rows = await listLinkedAccounts(context.store.read(), { emails: [consent.from] });
  return rows.map(partyOf);
}
