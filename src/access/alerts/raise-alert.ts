/**
 * Alerts in chat. What happens again while its message counts is counted there and not told again; the message is
 * brought up to date every so often, so that a loop does not become a stream of edits either.
 */
import type { AlertKind } from '../../core/alert.ts';
import { after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { base32 } from '../../core/grant.ts';
import type { AlertRow } from '../../store/entities/alert.ts';
import type { Database } from '../../store/open-store.ts';
import {
  type AlertGroup,
  countAlert,
  countAlertGroups,
  findAlert,
  insertAlert,
  lockAlertGroup,
} from '../../store/operations/alerts.ts';
import type { AccessContext } from '../context.ts';
import { askForJob } from '../record.ts';

/** What is said about it; values of what people wrote are shown as plain text. */
export type AlertFacts = Readonly<Record<string, string>>;

export interface Alert extends AlertGroup {
  readonly facts: AlertFacts;
  /** How often it happened. */
  readonly count: number;
}

export interface AlertView {
  readonly id: string;
  readonly kind: AlertKind;
  readonly facts: AlertFacts;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

const REFRESH_MS = 15_000;
/** Messages of one kind that count at a time; what comes beyond is one message together. */
const GROUPS_MAX = 20;
const OTHERS = '*';
const FACT_CHARACTERS_MAX = 500;
const GROUP_KEY_CHARACTERS_MAX = 400;
const ID_BYTES = 5;
/** A condition that goes on is told again once an hour. */
const CONDITION_MS_MIN = 3_600_000;

/** Does nothing for what the policy does not name. */
export async function raiseAlert(context: AccessContext, db: Database, alert: Alert): Promise<void> {
  const settings = context.policy.current().document.alerts;
  if (settings?.on.includes(alert.kind) !== true) return;
  const { kind, count } = alert;
  const at = context.clock.now();
  const facts = shortened(alert.facts);
  const group = { kind, groupKey: alert.groupKey.slice(0, GROUP_KEY_CHARACTERS_MAX) };
  const found = await lockAlertGroup(db, { ...group, at });
  if (found !== null) return again(db, { row: found, facts, count, at });
  const isOneMore = (await countAlertGroups(db, { kind, at })) >= GROUPS_MAX;
  const others = isOneMore ? await lockAlertGroup(db, { kind, groupKey: OTHERS, at }) : null;
  if (others !== null) return again(db, { row: others, facts, count, at });
  const id = `a-${base32(context.random(ID_BYTES))}`;
  const groupKey = isOneMore ? OTHERS : group.groupKey;
  await insertAlert(db, { id, kind, groupKey, facts, count, at, groupedUntil: after(at, settings.groupFor) });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'alert', id } }, { now: at });
}

/**
 * Something that holds or does not: told when it begins, brought up to date while it goes on and when it is over.
 * @param alert.holds false when it is over, or never was
 */
export async function noteCondition(
  context: AccessContext,
  db: Database,
  alert: Omit<Alert, 'count'> & { readonly holds: boolean },
): Promise<void> {
  const settings = context.policy.current().document.alerts;
  if (settings?.on.includes(alert.kind) !== true) return;
  const { kind, groupKey, holds } = alert;
  const at = context.clock.now();
  const facts = shortened({ ...alert.facts, state: holds ? 'holds' : 'over' });
  const found = await lockAlertGroup(db, { kind, groupKey, at });
  if (found !== null) {
    if (holds || found.facts['state'] === 'holds') await again(db, { row: found, facts, count: 0, at });
    return;
  }
  if (!holds) return;
  const id = `a-${base32(context.random(ID_BYTES))}`;
  const groupedUntil = after(at, Math.max(settings.groupFor, CONDITION_MS_MIN));
  await insertAlert(db, { id, kind, groupKey, facts, count: 1, at, groupedUntil });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'alert', id } }, { now: at });
}

/** @throws AppError `not_found` */
export async function readAlert(context: AccessContext, input: { readonly id: string }): Promise<AlertView> {
  const row = await findAlert(context.store.read(), input);
  if (row === null) throw new AppError('not_found', `There is no alert ${input.id.slice(0, 40)}.`);
  const { id, kind, facts, count, firstAt, lastAt } = row;
  return { id, kind, facts, count, firstAt, lastAt };
}

/** One refresh is asked for at a time: it shows what was counted by then. */
async function again(
  db: Database,
  more: { readonly row: AlertRow; readonly facts: AlertFacts; readonly count: number; readonly at: Date },
): Promise<void> {
  const { row, facts, count, at } = more;
  const isAsked = row.refreshAt > at;
  const soonMs = Math.max(after(row.refreshAt, REFRESH_MS).getTime(), at.getTime());
  const refreshAt = isAsked ? row.refreshAt : new Date(soonMs);
  await countAlert(db, { id: row.id, facts, count, at, refreshAt });
  if (isAsked) return;
  const payload = { subject: 'alert', id: row.id } as const;
  await askForJob(db, { job: 'sync-card', payload }, { now: at, runAt: refreshAt });
}

function shortened(facts: AlertFacts): AlertFacts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, value.slice(0, FACT_CHARACTERS_MAX)]),
  );
}
