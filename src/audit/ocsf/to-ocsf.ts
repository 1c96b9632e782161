/**
 * An audit event in the shape of OCSF 1.8.0. What the log says, all of it and in its own words, is `raw_data`: with it
 * the chain can be recomputed from what a receiver holds. Values of one field always have the same type, whatever the
 * event, so that an index never refuses one for another's sake.
 */
import { isIP } from 'node:net';
import type { EventFacts, EventSubject } from '../../store/operations/event-facts.ts';
import {
  activityName,
  OCSF_CLASSES,
  OCSF_VERSION,
  type OcsfClassName,
  OTHER_ACTIVITY,
  SEVERITIES,
} from './classes.ts';
import { EVENT_LINES, type EventLine } from './event-lines.ts';

export type OcsfEvent = Readonly<Record<string, unknown>> & {
  readonly class_uid: number;
  readonly severity_id: number;
  readonly time: number;
  readonly message: string;
};

/** An event of the log that has its place. */
export interface PlacedEvent {
  readonly id: number;
  readonly at: Date;
  readonly type: string;
  readonly actorId?: string | null;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly sequence: number;
  readonly sha256: string;
}

const PRODUCT = { name: 'Sallyport', vendor_name: 'Sallyport', feature: { name: 'audit log' } };
const UNKNOWN_EVENT: EventLine = { as: 'api-activity', activity: 'Other' };
/** OCSF's own pattern is narrower than what mail allows. */
const MAIL = /^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.[A-Za-z0-9.-]+$/;
const DATABASE_KINDS = ['postgres'];
const TEXT_CHARACTERS_MAX = 1_000;

export function toOcsf(event: PlacedEvent, facts: EventFacts): OcsfEvent {
  const line = EVENT_LINES[event.type] ?? UNKNOWN_EVENT;
  const subject = facts.subjects.get(event.subject) ?? null;
  const className = classOf(line, subject);
  const parts: Parts = { event, line, subject, facts };
  return { ...commonPart(parts, className), ...SPECIFIC[className](parts) };
}

interface Parts {
  readonly event: PlacedEvent;
  readonly line: EventLine;
  readonly subject: EventSubject | null;
  readonly facts: EventFacts;
}

/** A session whose resource is not known any more is activity of the broker's. */
function classOf({ as }: EventLine, subject: EventSubject | null): OcsfClassName {
  if (as !== 'session') return as;
  if (subject === null) return 'api-activity';
  return DATABASE_KINDS.includes(subject.resourceKind) ? 'datastore-activity' : 'ssh-activity';
}

function commonPart({ event, line, subject }: Parts, className: OcsfClassName) {
  const { uid, name, category } = OCSF_CLASSES[className];
  const activity = activityOf(line, className);
  const severity = SEVERITIES[line.severity ?? 'informational'];
  const failed = line.outcome !== undefined;
  return {
    class_uid: uid,
    class_name: name,
    category_uid: category.uid,
    category_name: category.name,
    activity_id: activity.id,
    activity_name: activity.name,
    type_uid: uid * 100 + activity.id,
    type_name: `${name}: ${activity.name}`,
    time: event.at.getTime(),
    severity_id: severity.id,
    severity: severity.name,
    ...(className === 'detection-finding'
      ? { status_id: 1, status: 'New' }
      : { status_id: failed ? 2 : 1, status: failed ? 'Failure' : 'Success' }),
    ...detailOf(event),
    ...(line.outcome === 'refused'
      ? { action_id: 2, action: 'Denied', disposition_id: 2, disposition: 'Blocked' }
      : {}),
    message: messageOf(event, subject),
    metadata: {
      version: OCSF_VERSION,
      product: PRODUCT,
      profiles: ['security_control'],
      uid: event.sha256,
      sequence: event.sequence,
      event_code: event.type,
      log_name: 'audit',
      original_event_uid: String(event.id),
      original_time: event.at.toISOString(),
      ...(subject === null ? {} : { correlation_uid: subject.requestId }),
    },
    raw_data: JSON.stringify(rawOf(event)),
    unmapped: {
      subject: event.subject,
      ...(event.actorId == null ? {} : { actor: event.actorId }),
      ...(subject === null ? {} : placesOf(subject)),
    },
  };
}

/** Everything that the chain's hash covers, and the hash. */
function rawOf({ id, at, type, actorId = null, subject, data, sequence, sha256 }: PlacedEvent) {
  return { id, at: at.toISOString(), type, actorId, subject, data, sequence, sha256 };
}

function placesOf({ requestId, grantId, sessionId, resource, role }: EventSubject) {
  return {
    request: requestId,
    ...(grantId === null ? {} : { grant: grantId }),
    ...(sessionId === null ? {} : { session: sessionId }),
    resource,
    role,
  };
}

function activityOf({ activity }: EventLine, className: OcsfClassName): { id: number; name: string } {
  const id = typeof activity === 'number' ? activity : sessionActivity(activity, className);
  const name = activityName(className, id);
  return name === null ? { id: OTHER_ACTIVITY, name: named(activity) } : { id, name };
}

function sessionActivity(activity: string, className: OcsfClassName): number {
  if (className === 'ssh-activity') return activity === 'open' ? 1 : 2;
  return className === 'datastore-activity' && activity === 'open' ? 3 : OTHER_ACTIVITY;
}

function named(activity: number | string): string {
  if (activity === 'close') return 'Disconnect';
  return typeof activity === 'string' ? activity : 'Other';
}

/** Why something was refused or failed, as people are told. */
function detailOf({ data }: PlacedEvent): { status_detail?: string } {
  const detail = ['refusal', 'reason', 'problem']
    .map((name) => data[name])
    .find((text) => typeof text === 'string');
  return detail === undefined ? {} : { status_detail: String(detail).slice(0, TEXT_CHARACTERS_MAX) };
}

function messageOf({ type, subject }: PlacedEvent, access: EventSubject | null): string {
  return access === null ? `${type} ${subject}` : `${type} ${subject}: ${access.resource} as ${access.role}`;
}

const SPECIFIC: Readonly<Record<OcsfClassName, (parts: Parts) => Record<string, unknown>>> = {
  'detection-finding': ({ event, line, subject }) => ({
    is_alert: true,
    finding_info: {
      uid: event.sha256,
      title: line.title ?? event.type,
      types: [event.type],
      created_time: event.at.getTime(),
    },
    ...resourcesOf(subject),
  }),
  'account-change': (parts) => ({ user: accountOf(parts), ...actorOf(parts) }),
  authentication: (parts) => ({
    user: holderOf(parts),
    service: { name: 'Sallyport' },
    is_remote: true,
    src_endpoint: clientOf(parts),
    ...targetOf(parts.subject),
  }),
  'authorize-session': (parts) => ({
    user: holderOf(parts),
    ...actorOf(parts),
    privileges: privilegesOf(parts),
    ...targetOf(parts.subject),
  }),
  'entity-management': (parts) => ({
    entity: { uid: parts.event.subject, name: parts.event.subject, type: parts.line.title ?? 'entity' },
    ...actorOf(parts),
  }),
  'user-access': (parts) => ({
    user: holderOf(parts),
    ...actorOf(parts),
    privileges: privilegesOf(parts),
    ...resourcesOf(parts.subject),
  }),
  'ssh-activity': (parts) => ({
    src_endpoint: clientOf(parts),
    ...targetOf(parts.subject),
    ...countOf(parts.event),
  }),
  'api-activity': (parts) => ({
    api: { operation: parts.event.type, service: { name: 'Sallyport' } },
    actor: actorOf(parts).actor ?? { app_name: 'Sallyport' },
    src_endpoint: clientOf(parts),
    ...resourcesOf(parts.subject),
  }),
  'datastore-activity': (parts) => ({
    actor: actorOf(parts).actor ?? { user: holderOf(parts) },
    database: { name: parts.subject?.resource ?? parts.event.subject, type_id: 1, type: 'Relational' },
    src_endpoint: clientOf(parts),
    ...targetOf(parts.subject),
    ...countOf(parts.event),
  }),
};

function actorOf({ event, facts, subject }: Parts): { actor?: Record<string, unknown> } {
  if (event.actorId == null) return {};
  const session = subject?.sessionId == null ? {} : { session: { uid: subject.sessionId } };
  return { actor: { user: userOf(event.actorId, facts), ...session } };
}

function holderOf({ event, facts, subject }: Parts): Record<string, unknown> {
  const id = subject?.holderId ?? event.actorId;
  return id == null ? { uid: event.subject } : userOf(id, facts);
}

/** Whose account it is: a role on a target, or a person of ours. */
function accountOf(parts: Parts): Record<string, unknown> {
  const { event, facts } = parts;
  const { name } = event.data;
  if (event.type.startsWith('ephemeral-role.') && typeof name === 'string') return { name, uid: name };
  return userOf(
    facts.identities.has(event.subject) ? event.subject : (event.actorId ?? event.subject),
    facts,
  );
}

function userOf(id: string, { identities }: EventFacts): Record<string, unknown> {
  const known = identities.get(id);
  if (known === undefined) return { uid: id };
  const { name, email, kind } = known;
  return {
    uid: id,
    name,
    ...(MAIL.test(email) ? { email_addr: email } : {}),
    // 1: a person. 4: a service.
    ...(kind === 'person' ? { type_id: 1, type: 'User' } : { type_id: 4, type: 'Service' }),
  };
}

function clientOf({ event, subject }: Parts): Record<string, unknown> {
  const told = event.data['clientAddress'];
  const address = typeof told === 'string' && told !== '' ? told : (subject?.clientAddress ?? '');
  if (address === '') return { svc_name: 'sallyport' };
  return isIP(address) === 0 ? { name: address } : { ip: address };
}

function targetOf(subject: EventSubject | null): { dst_endpoint?: Record<string, unknown> } {
  return subject === null ? {} : { dst_endpoint: { name: subject.resource, svc_name: subject.resourceKind } };
}

function resourcesOf(subject: EventSubject | null): { resources?: readonly Record<string, unknown>[] } {
  if (subject === null) return {};
  return { resources: [{ name: subject.resource, type: subject.resourceKind, role: 'Target', role_id: 1 }] };
}

function privilegesOf({ subject, event }: Parts): readonly string[] {
  const { role } = event.data;
  return [subject?.role ?? (typeof role === 'string' ? role : 'unknown')];
}

/** Commands of a session that has ended. */
function countOf({ data }: PlacedEvent): { count?: number } {
  const { commands } = data;
  return typeof commands === 'number' && commands > 0 ? { count: commands } : {};
}
