import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { EVENT_LINES } from '../../../src/audit/ocsf/event-lines.ts';
import { type OcsfEvent, type PlacedEvent, toOcsf } from '../../../src/audit/ocsf/to-ocsf.ts';
import type { EventFacts, EventSubject } from '../../../src/store/operations/event-facts.ts';

/** OCSF 1.8.0 as schema.ocsf.io publishes it (Apache-2.0, test/support/ocsf/LICENSE), of the classes that are used. */
const SCHEMA: { readonly classes: Readonly<Record<string, object>>; readonly $defs: object } = JSON.parse(
  readFileSync(new URL('../../support/ocsf/ocsf-1.8.0.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv2020({ strict: false, allErrors: true });
const VALIDATORS = new Map(
  Object.entries(SCHEMA.classes).map(([uid, schema]) => {
    const { $id: _id, ...rest } = schema as Record<string, unknown>;
    return [Number(uid), ajv.compile({ ...rest, $defs: SCHEMA.$defs })];
  }),
);

function problemsOf(event: OcsfEvent): readonly string[] {
  const validate = VALIDATORS.get(event.class_uid);
  if (validate === undefined) return [`there is no schema of class ${event.class_uid}`];
  validate(event);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const SUBJECT: EventSubject = {
  requestId: 'r-aaaaaaaa',
  grantId: 'g-aaaaaaaa',
  sessionId: 's-aaaaaaaa',
  resource: 'orders-db',
  resourceKind: 'postgres',
  role: 'read',
  holderId: 'p-1',
  clientAddress: '10.0.0.7',
  application: 'psql',
};
const NOTHING: EventFacts = { subjects: new Map(), identities: new Map() };

function factsWith(subject: Partial<EventSubject> = {}): EventFacts {
  return {
    subjects: new Map([['s-aaaaaaaa', { ...SUBJECT, ...subject }]]),
    identities: new Map([
      ['p-1', { id: 'p-1', kind: 'person' as const, name: 'Alice', email: 'alice@example.com' }],
      ['w-1', { id: 'w-1', kind: 'workload' as const, name: 'orders-migrator', email: 'dana@example.com' }],
    ]),
  };
}

function eventOf(type: string, more: Partial<PlacedEvent> = {}): PlacedEvent {
  return {
    id: 9,
    at: new Date('2026-11-22T10:00:00.123Z'),
    type,
    actorId: 'p-1',
    subject: 's-aaaaaaaa',
    data: { reason: 'because', name: 'sallyport_x', commands: 3, denied: 1, clientAddress: '::1' },
    sequence: 12,
    sha256: 'ab'.repeat(32),
    ...more,
  };
}

describe.each(Object.keys(EVENT_LINES))('%s', (type) => {
  test('is valid, whatever is known of it', () => {
    const cases = [
      toOcsf(eventOf(type), factsWith()),
      toOcsf(eventOf(type), factsWith({ resourceKind: 'ssh', clientAddress: null, sessionId: null })),
      toOcsf(eventOf(type, { actorId: null, data: {}, subject: 'unknown-thing' }), NOTHING),
      toOcsf(eventOf(type, { actorId: 'w-1', data: { clientAddress: 'not an address' } }), factsWith()),
    ];
    for (const event of cases) expect(problemsOf(event)).toEqual([]);
  });
});

test('a kind that has no line yet is API activity, and valid', () => {
  const event = toOcsf(eventOf('something.new'), factsWith());
  expect(problemsOf(event)).toEqual([]);
  expect(event).toMatchObject({ class_uid: 6003, activity_id: 99 });
});

test('the schema refuses what it does not know', () => {
  const event = { ...toOcsf(eventOf('request.created'), factsWith()), surprise: true };
  expect(problemsOf(event)).toEqual([' must NOT have additional properties']);
  expect(problemsOf({ ...event, surprise: undefined, class_uid: 3002 } as OcsfEvent)).not.toEqual([]);
});

test.each([
  ['session.started', 'postgres', { class_uid: 6005, activity_id: 3, type_uid: 600503 }],
  ['session.ended', 'postgres', { class_uid: 6005, activity_id: 99, activity_name: 'Disconnect', count: 3 }],
  ['session.started', 'ssh', { class_uid: 4007, activity_id: 1 }],
  ['session.ended', 'ssh', { class_uid: 4007, activity_id: 2 }],
  ['connection.refused', 'postgres', { class_uid: 3002, activity_id: 1, status_id: 2, action_id: 2 }],
  ['grant.issued', 'postgres', { class_uid: 3005, activity_id: 1, privileges: ['read'] }],
  ['grant.revoked', 'postgres', { class_uid: 3005, activity_id: 2 }],
  ['session.stopped', 'postgres', { class_uid: 2004, is_alert: true, severity_id: 4 }],
])('%s with %s', (type, resourceKind, expected) => {
  expect(toOcsf(eventOf(type), factsWith({ resourceKind }))).toMatchObject(expected);
});

test('says who and where, and carries all that the log says of it', () => {
  const event = toOcsf(eventOf('session.started'), factsWith());
  expect(event).toMatchObject({
    actor: { user: { uid: 'p-1', name: 'Alice', email_addr: 'alice@example.com' } },
    src_endpoint: { ip: '::1' },
    metadata: {
      uid: 'ab'.repeat(32),
      sequence: 12,
      event_code: 'session.started',
      correlation_uid: 'r-aaaaaaaa',
    },
  });
  expect(JSON.parse(String(event['raw_data']))).toEqual({
    id: 9,
    at: '2026-11-22T10:00:00.123Z',
    type: 'session.started',
    actorId: 'p-1',
    subject: 's-aaaaaaaa',
    data: { reason: 'because', name: 'sallyport_x', commands: 3, denied: 1, clientAddress: '::1' },
    sequence: 12,
    sha256: 'ab'.repeat(32),
  });
});
