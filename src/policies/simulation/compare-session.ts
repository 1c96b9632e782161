/** The kind of a session's resource -> how what was recorded of it is compared. */
import type { PolicyDocument } from '../document/schema.ts';
import { CommandComparison } from './compare-command.ts';
import { StatementComparison } from './compare-statement.ts';
import type { SessionComparison } from './session-comparison.ts';

/** What it was by the policy in force, or by the other where that has none of the name. */
export function compareSession(
  documents: { readonly before: PolicyDocument; readonly after: PolicyDocument },
  session: { readonly resource: string; readonly role: string },
): SessionComparison {
  const { before, after } = documents;
  const named = [...before.resources, ...after.resources].find(({ name }) => name === session.resource);
  return named?.kind === 'ssh'
    ? new CommandComparison(documents, session)
    : new StatementComparison(documents, session);
}
