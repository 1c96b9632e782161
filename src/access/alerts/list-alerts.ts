/** Alerts and where they were told, for overseers: whether something that happened came to anybody's eyes. */
import type { AlertKind } from '../../core/alert.ts';
import type { Identity } from '../../core/identity.ts';
import { listAlertMessages, listAlerts as listAlertRows } from '../../store/operations/alerts.ts';
import type { AccessContext } from '../context.ts';
import { refusalUnlessOverseer } from '../rights.ts';
import type { AlertFacts, AlertView } from './raise-alert.ts';

/** A message that a chat platform has taken. */
interface AlertTold {
  readonly platform: string;
  readonly channel: string;
  /** What had happened by then is in the message. */
  readonly currentAt: Date;
}

export interface ToldAlert extends AlertView {
  readonly kind: AlertKind;
  readonly facts: AlertFacts;
  readonly told: readonly AlertTold[];
}

/**
 * Those that happened, or happened again, since a moment; the latest first.
 * @throws AppError `forbidden` unless the viewer is an overseer
 */
export async function listAlerts(
  context: AccessContext,
  input: { viewer: Identity; since: Date; limit: number },
): Promise<readonly ToldAlert[]> {
  const text = 'Alerts and where they went are for members of the groups in `oversight`.';
  const refusal = refusalUnlessOverseer(context, { identity: input.viewer, text });
  if (refusal !== null) throw refusal;
  const db = context.store.read();
  const rows = await listAlertRows(db, input);
  const messages = await listAlertMessages(db, { alertIds: rows.map(({ id }) => id) });
  return rows.map(({ id, kind, facts, count, firstAt, lastAt }) => ({
    id,
    kind,
    facts,
    count,
    firstAt,
    lastAt,
    told: messages
      .filter(({ alertId }) => alertId === id)
      .map(({ platform, channel, currentAt }) => ({ platform, channel, currentAt })),
  }));
}
