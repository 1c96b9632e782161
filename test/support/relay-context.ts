/** What a relay works with, without sockets, store and clock: a session that lives, and a recorder that is told. */
import pino from 'pino';
import type { GrantView } from '../../src/access/views.ts';
import { Gate } from '../../src/broker/gate.ts';
import { Exchange } from '../../src/broker/postgres/exchange.ts';
import type { FrontendOutput } from '../../src/broker/postgres/frontend-relay.ts';
import type { RelayContext } from '../../src/broker/postgres/relay-context.ts';
import { createSqlJudge } from '../../src/broker/postgres/sql-judge.ts';
import { LiveSession } from '../../src/broker/session.ts';
import type { DatabaseEffect } from '../../src/core/statement.ts';
import { POLICY_DOCUMENT } from '../../src/policies/document/schema.ts';
import type { RecordingInput } from '../../src/recording/events.ts';

const ROLE = 'some';

/** @param options.record gets every event as it is recorded */
export function relayContext(options: {
  readonly allow: readonly DatabaseEffect[];
  readonly record: (event: RecordingInput) => void;
  readonly statementBytesMax?: number;
}): RelayContext {
  const { record, statementBytesMax = 1_024 } = options;
  const role = { allow: [...options.allow] };
  const { resources } = POLICY_DOCUMENT.parse({
    resources: [
      {
        name: 'orders-db',
        kind: 'postgres',
        address: '127.0.0.1:5432',
        database: 'shop',
        credential: { username: 'app' },
        roles: { [ROLE]: role },
      },
    ],
  });
  const [resource] = resources;
  if (resource?.kind !== 'postgres') throw new Error('The policy has one database.');
  const grant = {
    id: 'g-aaaaaaaa',
    resource: resource.name,
    role: ROLE,
    expiresAt: new Date(Date.now() + 3_600_000),
  };
  const session = new LiveSession({
    id: 's-1',
    grant: grant as unknown as GrantView,
    now: new Date(),
    monotonic: () => 0,
    confirmedAtMs: 0,
  });
  const exchange = new Exchange();
  const gate = new Gate({
    session,
    recorder: { append: record, note: record, flush: () => undefined, onFailure: () => undefined },
    judge: createSqlJudge({
      roleName: ROLE,
      role,
      rules: [],
      masks: null,
      database: { userFunctions: new Map() },
      clientNames: exchange.clientNames,
    }),
    now: () => new Date(),
  });
  return {
    session,
    resource,
    gate,
    exchange,
    masks: null,
    detection: null,
    policy: { renew: () => true, version: 'v1' },
    egress: null,
    monotonic: () => 0,
    logger: pino({ level: 'silent' }),
    limits: { statementBytesMax, rowsPerStatementMax: 5 },
  };
}

/** For a client whose statements are never held, large or the last. */
export function frontendOutput(forward: (bytes: Buffer) => void): FrontendOutput {
  return {
    forward,
    awaitingTarget: () => undefined,
    inspect: () => undefined,
    hold: () => undefined,
    terminated: () => undefined,
  };
}
