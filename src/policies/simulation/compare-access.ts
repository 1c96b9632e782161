/** Whether two policies answer a request for access alike. Pure: the same facts for both. */
import type { DecisionChange, SimulatedOutcome } from '../../core/policy-impact.ts';
import type { Approval } from '../../core/request.ts';
import { type AccessAnswer, matchAccess } from '../access/match-policy.ts';
import type { AccessQuestion } from '../access/question.ts';
import { everyTicketGood } from '../access/ticket.ts';
import type { PolicyDocument } from '../document/schema.ts';

export type ReplayedQuestion = Omit<AccessQuestion, 'resource' | 'ticketAnswers'> & {
  readonly resource: string;
};

interface Answer {
  readonly outcome: SimulatedOutcome;
  /** Null where nothing matched. */
  readonly policy: string | null;
  readonly approval: Approval | null;
  readonly reason: string;
}

/** @returns how the answer would change; null when what has to happen stays the same */
export function compareAccess(
  documents: { readonly before: PolicyDocument; readonly after: PolicyDocument },
  question: ReplayedQuestion,
): DecisionChange | null {
  const before = answerOf(documents.before, question);
  const after = answerOf(documents.after, question);
  const same =
    before.outcome === after.outcome && JSON.stringify(before.approval) === JSON.stringify(after.approval);
  if (same) return null;
  return {
    from: before.outcome,
    to: after.outcome,
    because: after.policy ?? before.policy ?? 'access',
    reason: after.reason,
  };
}

function answerOf(document: PolicyDocument, question: ReplayedQuestion): Answer {
  const resource = document.resources.find(({ name }) => name === question.resource);
  if (resource === undefined) {
    const reason = `There is no resource named ${question.resource}.`;
    return { outcome: 'refused', policy: null, approval: null, reason };
  }
  const answer: AccessAnswer = matchAccess(document, {
    ...question,
    resource,
    ticketAnswers: everyTicketGood(document),
  });
  if (!answer.allowed) {
    return { outcome: 'refused', policy: answer.deniedBy, approval: null, reason: answer.explanation };
  }
  const { policy, approval, explanation } = answer;
  return { outcome: outcomeOf(approval), policy, approval, reason: explanation };
}

function outcomeOf({ kind }: Approval): SimulatedOutcome {
  return kind === 'auto' ? 'automatic' : kind;
}
