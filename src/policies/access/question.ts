/** What the access policies are asked. */
import type { Identity } from '../../core/identity.ts';
import type { RequestKind } from '../../core/request.ts';
import type { Resource } from '../document/schema.ts';
import type { ConditionFacts } from './condition.ts';
import type { TicketAnswers } from './ticket.ts';

export interface AccessQuestion {
  /** Who would hold the access. */
  readonly identity: Identity;
  readonly kind: RequestKind;
  readonly resource: Resource;
  readonly role: string;
  /** Of an extension: the whole length, from the start of the grant to its new end. */
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
  /** See `TicketAnswers`. */
  readonly ticketAnswers: TicketAnswers;
  readonly incident: string | null;
  readonly at: Date;
}

export function conditionFacts({ identity, resource, ...question }: AccessQuestion): ConditionFacts {
  return {
    request: {
      durationMs: question.durationMs,
      reason: question.reason,
      ticket: question.ticket ?? '',
      incident: question.incident ?? '',
      role: question.role,
      kind: question.kind,
      at: question.at,
    },
    user:
      identity.kind === 'person'
        ? { email: identity.email, name: identity.name, groups: identity.groups }
        : { email: identity.ownerEmail, name: identity.name, groups: [] },
    resource: { name: resource.name, kind: resource.kind, labels: resource.labels, owners: resource.owners },
  };
}
