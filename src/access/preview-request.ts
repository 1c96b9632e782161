/** What may be asked for, and what asking would need, without asking. */
import type { Identity } from '../core/identity.ts';
import type { Approval, RequestKind, Seat } from '../core/request.ts';
import type { AccessContext } from './context.ts';
import { matchRequest, resourceNamed, unknownResource } from './match-request.ts';
import type { RequestDraft } from './request-access.ts';

export interface RequestPreview {
  readonly allowed: boolean;
  readonly explanation: string;
  readonly role: string | null;
  readonly automatic: boolean;
  readonly seats: readonly Seat[];
  readonly durationMs: number | null;
  readonly durationMaxMs: number | null;
}

/** What a request would need, without making it. */
export function previewRequest(
  context: AccessContext,
  draft: RequestDraft & { reason?: string; ticket?: string | null; incident?: string | null },
): RequestPreview {
  const { document } = context.policy.current();
  const resource = resourceNamed(document, draft.resource);
  if (resource === undefined) return refused(unknownResource(document, draft.resource));
  const facts = { ...draft, holder: draft.beneficiary ?? draft.requester, ticketAnswers: null };
  const { role, durationMs, answer } = matchRequest(context, { document, resource }, facts);
  if (!answer.allowed) return { ...refused(answer.explanation), role, durationMaxMs: answer.durationMaxMs };
  const { approval, explanation, durationMaxMs } = answer;
  return {
    allowed: true,
    explanation,
    role,
    automatic: approval.kind === 'auto',
    seats: seatsAsked(approval),
    durationMs,
    durationMaxMs,
  };
}

function refused(explanation: string): RequestPreview {
  return {
    allowed: false,
    explanation,
    role: null,
    automatic: false,
    seats: [],
    durationMs: null,
    durationMaxMs: null,
  };
}

export interface RequestableResource {
  readonly resource: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly {
    readonly role: string;
    readonly automatic: boolean;
    readonly seats: readonly Seat[];
    readonly durationMaxMs: number;
  }[];
}

/** Everything this identity may ask for. */
export function listRequestable(
  context: AccessContext,
  input: { requester: Identity; kind?: RequestKind },
): RequestableResource[] {
  const { requester: holder, kind = 'access' } = input;
  const { document } = context.policy.current();
  return document.resources.flatMap((resource) => {
    const roles = Object.keys(resource.roles).flatMap((role) => {
      const facts = { holder, kind, role, durationMs: null, ticketAnswers: null };
      const { answer } = matchRequest(context, { document, resource }, facts);
      if (!answer.allowed) return [];
      const { approval, durationMaxMs } = answer;
      return [{ role, automatic: approval.kind === 'auto', seats: seatsAsked(approval), durationMaxMs }];
    });
    return roles.length === 0
      ? []
      : [{ resource: resource.name, kind: resource.kind, labels: resource.labels, roles }];
  });
}

function seatsAsked(approval: Approval): readonly Seat[] {
  return approval.kind === 'votes' ? approval.seats : [];
}
