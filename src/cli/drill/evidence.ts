/** What is left of an act for those who look: in the recording, in the audit log, and wherever alerts go. */
import type { z } from 'zod';
import { ALERT, type AlertAnswer } from '../../web/schemas/alerts.ts';
import { EVENT, type EventAnswer } from '../../web/schemas/events.ts';
import { listOf } from '../../web/schemas/fields.ts';
import { TIMELINE } from '../../web/schemas/sessions.ts';
import { SINK } from '../../web/schemas/sinks.ts';
import type { Drill } from './drill.ts';
import { eventually } from './eventually.ts';
import { type Check, failedCheck, timedCheck, unknownCheck } from './model.ts';

type TimelineEntry = z.output<typeof TIMELINE>['entries'][number];

interface ActedOn {
  /** The session's id. */
  readonly session: string;
  /** On the clock of `performance.now()`. */
  readonly since: number;
}

/**
 * The recording has this statement.
 * @param act.judge the words for what it says of the statement; a text that begins with "but" says what is wrong
 */
export async function recordedCheck(
  drill: Drill,
  act: ActedOn & { readonly statement: string; readonly judge: (entry: TimelineEntry) => string },
): Promise<Check> {
  const { session, since, statement } = act;
  const withinMs = drill.plan.limits.recordedMs;
  const seen = await eventually(
    async () => {
      const path = `/sessions/${encodeURIComponent(session)}/timeline`;
      const { entries } = await drill.overseer.get(path, TIMELINE);
      return (
        entries.findLast(({ text }) => text === statement) ?? 'the recording does not have the statement'
      );
    },
    { since, withinMs, signal: drill.signal },
  );
  if (seen.found === null) return missing('recorded', seen, withinMs);
  const said = act.judge(seen.found);
  return said.startsWith('but ')
    ? failedCheck('recorded', `in the recording, ${said}`)
    : timedCheck('recorded', { text: `in the recording: ${said}`, afterMs: seen.afterMs, withinMs });
}

/** The audit log has an event of this type about the subject. */
export async function loggedCheck(
  drill: Drill,
  act: { readonly subject: string; readonly type: string; readonly since: number },
): Promise<Check> {
  const withinMs = drill.plan.limits.recordedMs;
  const seen = await eventually(() => findEvent(drill, act), {
    since: act.since,
    withinMs,
    signal: drill.signal,
  });
  if (seen.found === null) return missing('logged', seen, withinMs);
  return timedCheck('logged', { text: `${act.type} in the audit log`, afterMs: seen.afterMs, withinMs });
}

async function findEvent(
  { overseer }: Drill,
  { subject, type }: { readonly subject: string; readonly type: string },
): Promise<EventAnswer | string> {
  const { items } = await overseer.get('/events', listOf(EVENT), { subject });
  return items.find((event) => event.type === type) ?? `the audit log has no ${type} of ${subject}`;
}

/**
 * Somebody was told: in chat where the policy has this alert, and by every sink that there is.
 * @param act.kind of the alert
 * @param act.type of the event that it comes from
 */
export async function alertedCheck(
  drill: Drill,
  act: ActedOn & {
    readonly kind: AlertAnswer['kind'];
    readonly type: string;
    /** The one of the drill when left out. */
    readonly resource?: string;
  },
): Promise<Check> {
  const { deployment, overseer, plan, signal } = drill;
  const withinMs = plan.limits.alertedMs;
  const inChat = deployment.alertsOn?.includes(act.kind) === true;
  const seen = await eventually(
    async () => {
      const { items: sinks } = await overseer.get('/sinks', listOf(SINK));
      if (!inChat && sinks.length === 0) return { places: [] };
      const event = await findEvent(drill, { subject: act.session, type: act.type });
      if (typeof event === 'string') return event;
      const places = inChat ? await toldInChat(drill, { ...act, since: event.at }) : [];
      if (inChat && places.length === 0) return `no message of ${act.kind} in chat`;
      const behind = sinks.find(({ cursor }) => event.sequence === null || cursor < event.sequence);
      if (behind !== undefined) return `sink ${behind.name} has not taken it: it is ${behind.state}`;
      return { places: [...places, ...sinks.map(({ name }) => `sink ${name}`)] };
    },
    { since: act.since, withinMs, signal },
  );
  if (seen.found === null) return missing('alerted', seen, withinMs);
  const { places } = seen.found;
  if (places.length === 0)
    return failedCheck(
      'alerted',
      `nobody is told: the policy has no alert ${act.kind}, and there is no sink`,
    );
  return timedCheck('alerted', { text: `told: ${places.join(', ')}`, afterMs: seen.afterMs, withinMs });
}

/** Where this alert was told since a moment of the server's. */
async function toldInChat(
  { overseer, workload, plan }: Drill,
  of: { readonly kind: string; readonly since: Date; readonly resource?: string },
): Promise<readonly string[]> {
  const { items } = await overseer.get('/alerts', listOf(ALERT), { since: of.since.toISOString() });
  const resource = of.resource ?? plan.resource;
  const alerts = items.filter(
    ({ kind, facts }) => kind === of.kind && facts['who'] === workload && facts['resource'] === resource,
  );
  return alerts.flatMap(({ told, lastAt }) =>
    told
      .filter(({ currentAt }) => currentAt >= lastAt)
      .map(({ platform, channel }) => `${platform} ${channel}`),
  );
}

function missing(
  what: Check['what'],
  seen: { readonly why: string; readonly barred: boolean },
  withinMs: number,
): Check {
  if (seen.barred) return unknownCheck(what, `could not be looked at: ${seen.why || 'it was interrupted'}`);
  return failedCheck(what, `not within ${withinMs} ms: ${seen.why}`);
}
