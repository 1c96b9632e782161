import { z } from 'zod';
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import { IDENTIFIER_CHARACTERS_MAX } from './fields.ts';
import { GRANT } from './grants.ts';
import { PROBLEM } from './problem.ts';
import { REQUEST } from './requests.ts';

const REASON = z.string().trim().min(1).max(NOTE_CHARACTERS_MAX);
const NAME = z.string().min(1).max(IDENTIFIER_CHARACTERS_MAX);

/** Exactly one of three scopes, so that nobody revokes everything by leaving something out. */
export const REVOCATION_BODY = z.union(
  [
    z.strictObject({ person: NAME.meta({ description: 'Id or e-mail address' }), reason: REASON }),
    z.strictObject({ resource: NAME, reason: REASON }),
    z.strictObject({ everything: z.literal(true), reason: REASON }),
  ],
  { error: 'a reason, and one of person, resource and everything: true' },
);

/**
 * A line of the answer: each request as it is closed and each grant as it is revoked; at the end how many there were,
 * and how many commands waited for approval, or why it stopped.
 */
export const REVOCATION_LINE = z.union([
  z.object({ revoked: GRANT, left: z.number() }),
  z.object({ closed: REQUEST }),
  z.object({ total: z.number(), closedRequests: z.number(), withdrawnCommands: z.number() }),
  z.object({ problem: PROBLEM }),
]);
export type RevocationLine = z.output<typeof REVOCATION_LINE>;
