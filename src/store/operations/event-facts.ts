/** What events name by an id, for readers outside who cannot look it up. */
import { IdentityRow } from '../entities/identity.ts';
import type { Database } from '../open-store.ts';

/** The access that an event is about. */
export interface EventSubject {
  readonly requestId: string;
  readonly grantId: string | null;
  readonly sessionId: string | null;
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly holderId: string;
  readonly clientAddress: string | null;
  readonly application: string | null;
}

interface EventIdentity {
  readonly id: string;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  readonly email: string;
}

export interface EventFacts {
  /** By the event's subject; those of a request, grant, session or held command are there. */
  readonly subjects: ReadonlyMap<string, EventSubject>;
  readonly identities: ReadonlyMap<string, EventIdentity>;
}

export async function readEventFacts(
  db: Database,
  events: readonly { readonly subject: string; readonly actorId?: string | null | undefined }[],
): Promise<EventFacts> {
  const named = [...new Set(events.map(({ subject }) => subject))];
  const rows = await db.execute<(EventSubject & { subject: string })[]>(SUBJECTS, [JSON.stringify(named)]);
  const subjects = new Map(rows.map(({ subject, ...facts }) => [subject, facts]));
  const ids = new Set([
    ...events.flatMap(({ actorId, subject }) => (actorId == null ? [subject] : [actorId, subject])),
    ...rows.map(({ holderId }) => holderId),
  ]);
  const people = await db.find(IdentityRow, { id: { $in: [...ids] } }, { disableIdentityMap: true });
  const identities = new Map(
    people.map(({ id, kind, name, email }): [string, EventIdentity] => [id, { id, kind, name, email }]),
  );
  return { subjects, identities };
}

const SUBJECTS = `
  with named as (select distinct jsonb_array_elements_text(?::jsonb) as id),
  placed as (
    select n.id as subject, r.id as request_id, null as grant_id, null as session_id
      from named n join access_request r on r.id = n.id
    union all
    select n.id, g.request_id, g.id, null from named n join access_grant g on g.id = n.id
    union all
    select n.id, g.request_id, g.id, s.id from named n join session s on s.id = n.id join access_grant g on g.id = s.grant_id
    union all
    select n.id, g.request_id, g.id, s.id
      from named n join hold h on h.id = n.id join session s on s.id = h.session_id join access_grant g on g.id = s.grant_id
  )
  select p.subject, p.request_id as "requestId", p.grant_id as "grantId", p.session_id as "sessionId",
         r.resource, r.resource_kind as "resourceKind", r.role, r.beneficiary_id as "holderId",
         s.client_address as "clientAddress", s.application
    from placed p join access_request r on r.id = p.request_id left join session s on s.id = p.session_id`;
