/** Fixed keys and events of every kind; imported by tests and by the programs that tests run. */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { Secret } from '../../../src/core/secret.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { isNoted, type RecordingEvent, type SessionFacts } from '../../../src/recording/events.ts';
import { createRecordingKeys, type RecordingKeys } from '../../../src/recording/keys.ts';
import type { Recorder } from '../../../src/recording/recorder.ts';

/** PKCS#8 around 32 bytes of Ed25519 seed (RFC 8410 section 7). */
export function signingKeyOf(seedByte: number): KeyObject {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  const key = Buffer.concat([prefix, Buffer.alloc(32, seedByte)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

export function sampleKeys(options: { master?: number; signing?: number } = {}): RecordingKeys {
  const masterKey = new Secret(Buffer.alloc(32, options.master ?? 1));
  return createRecordingKeys({ masterKey, signingKey: signingKeyOf(options.signing ?? 2) });
}

export function sampleFacts(sessionId = 's-1'): SessionFacts {
  return {
    sessionId,
    grantId: 'g-aaaaaaaa',
    requestId: 'r-1',
    holder: { id: 'p-1', name: 'Alice', email: 'alice@example.com' },
    approvers: [{ id: 'p-2', name: 'Bob' }],
    resource: 'orders-db',
    resourceKind: 'postgres',
    role: 'read',
    reason: 'slow checkout',
    incident: null,
    clientAddress: '192.0.2.7',
    application: 'psql',
    policyVersion: 'v1',
    startedAt: '2026-11-21T10:00:00.000Z',
  };
}

export function statementEvent(
  statement: number,
  text: string,
): Extract<RecordingEvent, { type: 'statement' }> {
  return {
    type: 'statement',
    atMs: statement * 10,
    statement,
    text,
    textSha256: createHash('sha256').update(text).digest('hex'),
    protocol: 'simple',
    parameters: [],
    analysis: [],
    verdict: { action: 'allow', rule: null, reason: '' },
  };
}

/** So much of what does not become smaller when it is packed; the same each time. */
export function noise(characters: number): string {
  let text = '';
  for (let block = 0; text.length < characters; block += 1)
    text += createHash('sha512').update(String(block)).digest('base64url');
  return text.slice(0, characters);
}

export const END_EVENT: Extract<RecordingEvent, { type: 'end' }> = {
  type: 'end',
  atMs: 99,
  reason: 'client-closed',
  counts: { ...ZERO_COUNTS, commands: 1 },
};

/** Every event but the first, which the recorder writes by itself. */
export type SampleEvent = Exclude<RecordingEvent, { readonly type: 'start' }>;

/** Hands the event to the recorder as the gate would. */
export function record(recorder: Recorder, event: SampleEvent): void {
  if (isNoted(event)) recorder.note(event);
  else recorder.append(event);
}
