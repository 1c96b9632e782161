/**
 * Reads the chained log for what somebody should look at, and checks on the way that each event is what its hash
 * says. Its cursor moves in the transaction that raises the alerts, so each event counts once.
 */
import { CHAIN_START_SHA256, eventSha256 } from '../../audit/logged-event.ts';
import type { EventRow } from '../../store/entities/event.ts';
import { type EventFacts, type EventSubject, readEventFacts } from '../../store/operations/event-facts.ts';
import { listChainedEvents } from '../../store/operations/events.ts';
import {
  advanceSink,
  enrolSink,
  leaseSink,
  listEventsAt,
  releaseSink,
} from '../../store/operations/sinks.ts';
import type { AccessContext } from '../context.ts';
import { type Alert, type AlertFacts, raiseAlert } from './raise-alert.ts';

/** No sink can have this name. */
const WATCHER = ':alerts';
const BATCH = 500;
const LEASE_MS = 30_000;
/** Alerts that were turned off for a while do not tell of what happened meanwhile. */
const WORTH_TELLING_MS = 3_600_000;

/** @param input.replica names this process */
export async function watchLog(context: AccessContext, input: { readonly replica: string }): Promise<void> {
  const { store, clock } = context;
  if (context.policy.current().document.alerts === undefined) return;
  await enrolSink(store.read(), { name: WATCHER, kind: 'alerts', from: 'head', now: clock.now() });
  const lease = { name: WATCHER, holder: input.replica };
  const row = await leaseSink(store.read(), { ...lease, now: clock.now(), leaseMs: LEASE_MS });
  if (row === null) return;
  try {
    let { cursor } = row;
    for (let read = BATCH; read === BATCH; ) {
      const events = await listChainedEvents(store.read(), { from: cursor + 1, limit: BATCH });
      read = events.length;
      if (read === 0) break;
      const to = cursor + read;
      const alerts = await alertsIn(context, { events, after: cursor });
      const moved = await store.transaction(async (db) => {
        const step = { ...lease, cursor, to, sent: read, refusedInRow: 0, now: clock.now() };
        if (!(await advanceSink(db, step))) return false;
        for (const alert of alerts) await raiseAlert(context, db, alert);
        return true;
      });
      if (!moved) return;
      cursor = to;
    }
  } finally {
    await releaseSink(store.read(), lease);
  }
}

async function alertsIn(
  { store, clock }: AccessContext,
  read: { readonly events: readonly EventRow[]; readonly after: number },
): Promise<readonly Alert[]> {
  const since = clock.now().getTime() - WORTH_TELLING_MS;
  const [before] = await listEventsAt(store.read(), { sequences: [read.after] });
  const broken = firstBroken(read.events, { ...read, previousSha256: before?.sha256 ?? CHAIN_START_SHA256 });
  const telling = read.events.filter(({ type, at }) => type in ALERTS && at.getTime() >= since);
  const facts = await readEventFacts(store.read(), telling);
  const alerts = telling.flatMap((event) => ALERTS[event.type]?.(event, facts) ?? []);
  return broken === null ? alerts : [...alerts, broken];
}

function firstBroken(
  events: readonly EventRow[],
  from: { readonly after: number; readonly previousSha256: string },
): Alert | null {
  let previousSha256 = from.previousSha256;
  for (const [index, event] of events.entries()) {
    const { id, at, type, actorId = null, subject, data, sha256 } = event;
    const sequence = from.after + index + 1;
    const said = { id, at: at.toISOString(), type, actorId, subject, data, sequence, previousSha256 };
    if (event.sequence !== sequence || sha256 !== eventSha256(said)) {
      const problem = `event ${sequence} is not what its hash says`;
      return failedVerification({ what: 'audit log', problem });
    }
    previousSha256 = sha256;
  }
  return null;
}

function failedVerification(facts: { readonly what: string; readonly problem: string }): Alert {
  return { kind: 'failed-verification', groupKey: facts.what, facts, count: 1 };
}

type Telling = (event: EventRow, facts: EventFacts) => readonly Alert[];

const ALERTS: Readonly<Record<string, Telling>> = {
  'session.commands-denied': (event, facts) => [
    {
      kind: 'denied-command',
      groupKey: whoAndWhere(event, facts),
      facts: { ...accessFacts(event, facts), rule: textOf(event.data['rules']) },
      count: numberOf(event.data['denied']),
    },
  ],
  'session.stopped': (event, facts) => [
    {
      kind: 'stopped-session',
      groupKey: whoAndWhere(event, facts),
      facts: {
        ...accessFacts(event, facts),
        rule: textOf(event.data['rule']),
        rows: textOf(event.data['rows']),
        bytes: textOf(event.data['bytes']),
      },
      count: 1,
    },
  ],
  'break-glass.taken': (event, facts) => [
    { kind: 'break-glass', groupKey: event.subject, facts: accessFacts(event, facts), count: 1 },
  ],
  'verification.failed': ({ subject, data }) => [
    failedVerification({ what: subject, problem: textOf(data['problem']) }),
  ],
  'root-key.rotated': (event, facts) => [
    rotated(event, facts, `root key ${textOf(event.data['generation'])}`),
  ],
  'signing-key.rotated': (event, facts) => [
    rotated(event, facts, `signing key ${textOf(event.data['number'])}`),
  ],
  'job.gave-up': ({ data }) => [
    {
      kind: 'dead-letter',
      groupKey: `job ${textOf(data['job'])}`,
      facts: { job: textOf(data['job']) },
      count: 1,
    },
  ],
};

/** Whoever watches knows of each of them, or has to ask. */
function rotated({ actorId, subject }: EventRow, { identities }: EventFacts, what: string): Alert {
  const who = identities.get(actorId ?? '')?.name ?? '';
  return { kind: 'keys-rotated', groupKey: subject, facts: { who, what: `${what}, ${subject}` }, count: 1 };
}

function whoAndWhere({ subject }: EventRow, { subjects }: EventFacts): string {
  const access = subjects.get(subject);
  return access === undefined ? subject : `${access.holderId} ${access.resource}`;
}

function accessFacts({ subject }: EventRow, { subjects, identities }: EventFacts): AlertFacts {
  const access: EventSubject | undefined = subjects.get(subject);
  if (access === undefined) return { subject };
  const holder = identities.get(access.holderId);
  return {
    who: holder === undefined ? access.holderId : holder.name,
    resource: access.resource,
    role: access.role,
    request: access.requestId,
    ...(access.sessionId === null ? {} : { session: access.sessionId }),
  };
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && value >= 1 ? Math.floor(value) : 1;
}
