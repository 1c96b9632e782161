/** What every access policy says to a request, in words: from the same reasons by which one is found. */
import type { PolicyDocument } from '../document/schema.ts';
import { type AccessAnswer, matchAccess } from './match-policy.ts';
import { obstaclesOf } from './obstacles.ts';
import type { AccessQuestion } from './question.ts';

export interface PolicyExplanation {
  readonly policy: string;
  readonly effect: 'allow' | 'deny';
  readonly holds: boolean;
  /** It decides: of those that hold, one does. */
  readonly wins: boolean;
  /** Why it does not hold, or holds and yet does not decide; empty for the one that decides. */
  readonly reasons: readonly string[];
}

export interface AccessExplanation {
  readonly answer: AccessAnswer;
  /** In the order of the file. */
  readonly policies: readonly PolicyExplanation[];
}

export function explainAccess(document: PolicyDocument, question: AccessQuestion): AccessExplanation {
  const answer = matchAccess(document, question);
  const winner = answer.allowed ? answer.policy : answer.deniedBy;
  const policies = document.access.map((policy): PolicyExplanation => {
    const { name, effect } = policy;
    const reasons = [...obstaclesOf(policy, question)].map(({ text }) => text);
    const holds = reasons.length === 0;
    const wins = name === winner;
    return {
      policy: name,
      effect,
      holds,
      wins,
      reasons: holds && !wins ? [whyNotFirst(answer, effect)] : reasons,
    };
  });
  return { answer, policies };
}

function whyNotFirst(answer: AccessAnswer, effect: 'allow' | 'deny'): string {
  if (!answer.allowed) {
    if (answer.deniedBy === null) return 'it holds, but the resource has no such role';
    return effect === 'deny' ? `${answer.deniedBy} denies first` : `it holds, but ${answer.deniedBy} denies`;
  }
  const why = answer.approval.kind === 'auto' ? 'asks nobody' : 'stands before it';
  return `it holds, but ${answer.policy} ${why}`;
}
