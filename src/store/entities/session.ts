import { defineEntity, p } from '@mikro-orm/core';
import { END_REASONS, type SessionCounts } from '../../core/session.ts';
import type { Verdict } from '../../core/verdict.ts';
import { GrantRow } from './access.ts';
import { IdentityRow } from './identity.ts';

/** A statement kept for the summary, as JSON: `at` is ISO 8601. */
export interface StoredRiskyStatement {
  readonly at: string;
  readonly text: string;
  readonly operation: string;
  readonly action: Verdict['action'];
  readonly rule: string | null;
}

export const SessionSchema = defineEntity({
  name: 'SessionRow',
  tableName: 'session',
  properties: {
    id: p.text().primary(),
    grant: () => p.manyToOne(GrantRow),
    replica: p.text(),
    clientAddress: p.text(),
    application: p.text().nullable(),
    policyVersion: p.text(),
    /** Of the resource, when the session began. */
    labels: p.json<Readonly<Record<string, string>>>(),
    startedAt: p.datetime(),
    lastSeenAt: p.datetime(),
    endedAt: p.datetime().nullable(),
    endReason: p.enum(END_REASONS).nullable(),
    counts: p.json<SessionCounts>(),
    riskiest: p.json<StoredRiskyStatement[]>(),
    recordingHead: p.text().nullable(),
    terminateAskedAt: p.datetime().nullable(),
    terminateAskedBy: () => p.manyToOne(IdentityRow).nullable(),
    terminateReason: p.text().nullable(),
  },
});
export class SessionRow extends SessionSchema.class {}
SessionSchema.setClass(SessionRow);
