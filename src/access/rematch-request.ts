/**
 * What the policy says to a request at the moment it would be approved. A request can wait for a day: by then a policy
 * may deny what was allowed, quiet hours may have begun, or others may have to agree.
 */
import { formatDuration } from '../core/duration.ts';
import type { VotesApproval } from '../core/request.ts';
import { identityOf } from '../identity/persons.ts';
import { obstaclesOf } from '../policies/access/obstacles.ts';
import { everyTicketGood } from '../policies/access/ticket.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { findGrant } from '../store/operations/grants.ts';
import type { AccessContext } from './context.ts';
import {
  matchRequest,
  questionAbout,
  type RequestFacts,
  resourceNamed,
  unknownResource,
} from './match-request.ts';
import { stricterTerms } from './stricter-terms.ts';

export type Rematch =
  /** Nothing more is asked for than when it was made. */
  | { readonly kind: 'as-before' }
  /** Others have to agree as well. */
  | { readonly kind: 'asks-more'; readonly approval: VotesApproval; readonly policy: string }
  /** It is not given any more, or not on votes that were cast under other terms. */
  | { readonly kind: 'denied'; readonly because: string };

const AS_BEFORE: Rematch = { kind: 'as-before' };

/**
 * Asks the policy in force about what would be granted now. A ticket is taken to be as good as when it was asked about.
 * @param input.durationMs what would be granted; of an extension, how much later it would end
 */
export async function rematchRequest(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  db: Database,
  input: { request: RequestRow; durationMs: number },
): Promise<Rematch> {
  const { request } = input;
  const { document, version } = context.policy.current();
  const resource = resourceNamed(document, request.resource);
  if (resource === undefined) return denied(request, unknownResource(document, request.resource));
  const facts = await factsOf(db, { ...input, document });
  const { answer } = matchRequest(context, { document, resource }, facts);
  if (!answer.allowed) return denied(request, answer.explanation);
  if (version === request.policyVersion && stillHolds(context, { request, facts })) return AS_BEFORE;
  const { approval } = request;
  if (approval.kind !== 'votes') {
    if (answer.approval.kind === approval.kind) return AS_BEFORE;
    return denied(request, `${answer.explanation} Ask again, so that they are asked.`);
  }
  if (answer.approval.kind !== 'votes') return AS_BEFORE;
  const stricter = stricterTerms(approval, answer.approval);
  switch (stricter.kind) {
    case 'none':
      return AS_BEFORE;
    case 'seats':
      return { kind: 'asks-more', approval: stricter.approval, policy: answer.policy };
    case 'voters':
      return denied(
        request,
        `${answer.explanation} It asks more of who votes than was asked of those who did: ask again.`,
      );
  }
}

async function factsOf(
  db: Database,
  { request, durationMs, document }: { request: RequestRow; durationMs: number; document: PolicyDocument },
): Promise<RequestFacts & { readonly role: string }> {
  const { kind, role, reason, ticket = null, incident = null, extendsId } = request;
  const grant = extendsId == null ? null : await findGrant(db, { id: extendsId });
  const beforeMs = grant === null ? 0 : grant.expiresAt.getTime() - grant.startsAt.getTime();
  const holder = identityOf(request.beneficiary);
  return {
    holder,
    kind,
    role,
    durationMs: beforeMs + durationMs,
    reason,
    ticket,
    ticketAnswers: everyTicketGood(document),
    incident,
  };
}

/** An approval for less must not move a request to another policy of the same file. */
function stillHolds(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  { request, facts }: { request: RequestRow; facts: RequestFacts & { readonly role: string } },
): boolean {
  const { document } = context.policy.current();
  const policy = document.access.find(({ name }) => name === request.policy);
  const resource = resourceNamed(document, request.resource);
  if (policy === undefined || resource === undefined) return false;
  const [first] = obstaclesOf(policy, questionAbout(context, { resource, role: facts.role, facts }));
  return first === undefined;
}

function denied({ beneficiary, durationMs }: RequestRow, explanation: string): Rematch {
  const asked = `${formatDuration(durationMs)} for ${beneficiary.name}`;
  return { kind: 'denied', because: `The policy in force does not give ${asked} any more: ${explanation}` };
}
