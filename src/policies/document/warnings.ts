/** What is allowed to be written, and should be thought about once more. */
import { hostWarnings } from './host-warnings.ts';
import type { PolicyDocument } from './schema.ts';

export interface PolicyWarning {
  /** Where, such as `policy.who`. */
  readonly path: string;
  readonly message: string;
}

const OPERATORS =
  'whoever may send another policy without approval can give themselves anything: these are operators. Say in policy.approval who has to agree.';
const FILE_OF_TWO =
  'a change that comes from a server’s file takes two people who decide, and these seats name one: nobody can approve it. Name who may edit the file in policy.fileEditors, or add a seat.';

export function policyWarnings(document: PolicyDocument): PolicyWarning[] {
  return [...changeWarnings(document), ...hostWarnings(document)];
}

function changeWarnings({ policy }: Pick<PolicyDocument, 'policy'>): PolicyWarning[] {
  const { who, approval, fileEditors } = policy;
  const warnings: PolicyWarning[] = [];
  if (approval === undefined && (who.groups.length > 0 || who.workloads.length > 0)) {
    warnings.push({ path: 'policy.who', message: OPERATORS });
  }
  const people = approval?.from.map((seat) => ('person' in seat ? seat.person.toLowerCase() : null)) ?? [];
  const isOnePerson = people.length > 0 && people.every((one) => one !== null && one === people[0]);
  if (isOnePerson && fileEditors === undefined) {
    warnings.push({ path: 'policy.approval.from', message: FILE_OF_TWO });
  }
  return warnings;
}
