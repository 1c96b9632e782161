/**
 * A drill as the deployment knows it: that one began, by whom and against what, and how it came out. What is played
 * in between is an attacker's, who gets no help: it goes through the same doors as everything else.
 */
import type { AlertKind } from '../../core/alert.ts';
import type { DrillOutcome } from '../../core/drill.ts';
import { AppError } from '../../core/errors.ts';
import { base32 } from '../../core/grant.ts';
import type { Identity } from '../../core/identity.ts';
import { listEvents } from '../../store/operations/events.ts';
import { noteCondition } from '../alerts/raise-alert.ts';
import type { AccessContext } from '../context.ts';
import { keepRefusal } from '../keep-refusal.ts';
import { resourceNamed, unknownResource } from '../match-request.ts';
import { recordEvent } from '../record.ts';
import { refusalUnlessOverseer } from '../rights.ts';

/** What whoever plays the attacker has to know of the deployment, to judge what comes of it. */
export interface DrillView {
  readonly id: string;
  readonly resource: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The target's own, to see whether there is a way around the broker. */
  readonly address: string;
  /** What is told in chat; null where nothing is. */
  readonly alertsOn: readonly AlertKind[] | null;
}

export interface DrillEnd {
  readonly outcome: DrillOutcome;
  /** How many of its steps. */
  readonly passed: number;
  readonly failed: number;
  readonly unknown: number;
}

const ID_BYTES = 5;
const EVENTS_MAX = 10;
const IS_FOR =
  'A drill is for members of the groups in `oversight`: it reads the audit log, the alerts and recordings of others.';

/**
 * Writes down that a drill begins, and tells it in chat where it is announced and alerts are.
 * @param input.workload whose token is played
 * @throws AppError `forbidden` unless an overseer, `not_found` for a resource that there is not
 */
export async function beginDrill(
  context: AccessContext,
  input: { by: Identity; resource: string; workload: string; announced: boolean },
): Promise<DrillView> {
  const { by, workload, announced } = input;
  await requireOverseer(context, { by, subject: input.resource });
  const { document } = context.policy.current();
  const resource = resourceNamed(document, input.resource);
  if (resource === undefined) throw new AppError('not_found', unknownResource(document, input.resource));
  const id = `drill-${base32(context.random(ID_BYTES))}`;
  await context.store.transaction(async (db) => {
    const data = { resource: resource.name, workload, announced };
    const at = context.clock.now();
    await recordEvent(db, { at, type: 'drill.began', actorId: by.id, subject: id, data });
    if (announced) await tell(context, db, { id, facts: factsOf(by, data), holds: true });
  });
  const { name, kind, labels, address } = resource;
  return { id, resource: name, kind, labels, address, alertsOn: document.alerts?.on ?? null };
}

/**
 * Writes down how it came out. A drill ends once; what is said again changes nothing.
 * @throws AppError `forbidden`, `not_found` unless it is a drill of theirs
 */
export async function endDrill(
  context: AccessContext,
  input: DrillEnd & { by: Identity; id: string },
): Promise<{ readonly id: string }> {
  const { by, id, outcome, passed, failed, unknown } = input;
  await requireOverseer(context, { by, subject: id });
  await context.store.transaction(async (db) => {
    const events = await listEvents(db, { subject: id, limit: EVENTS_MAX });
    const began = events.find(({ type }) => type === 'drill.began');
    if (began === undefined || began.actorId !== by.id)
      throw new AppError('not_found', `There is no drill ${id.slice(0, 40)} of yours.`);
    if (events.some(({ type }) => type === 'drill.ended')) return;
    const { resource, workload, announced } = began.data;
    const at = context.clock.now();
    const data = { outcome, passed, failed, unknown };
    await recordEvent(db, { at, type: 'drill.ended', actorId: by.id, subject: id, data });
    const facts = factsOf(by, { resource: String(resource), workload: String(workload) });
    if (announced === true) await tell(context, db, { id, facts, holds: false });
  });
  return { id };
}

function factsOf(by: Identity, { resource, workload }: { resource: string; workload: string }) {
  return { who: workload, resource, problem: `Played by ${by.name}.` };
}

async function tell(
  context: AccessContext,
  db: Parameters<typeof noteCondition>[1],
  { id, facts, holds }: { id: string; facts: Readonly<Record<string, string>>; holds: boolean },
): Promise<void> {
  await noteCondition(context, db, { kind: 'drill', groupKey: id, facts, holds });
}

async function requireOverseer(
  context: AccessContext,
  { by, subject }: { by: Identity; subject: string },
): Promise<void> {
  const attempt = { type: 'drill.refused', actorId: by.id, subject, data: {} } as const;
  await keepRefusal(context, attempt, async () => {
    const refusal = refusalUnlessOverseer(context, { identity: by, text: IS_FOR });
    if (refusal !== null) throw refusal;
  });
}
