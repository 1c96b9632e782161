import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { readWebhookKeys, signWebhook } from '../../../src/audit/sinks/webhook-signature.ts';
import { Secret } from '../../../src/core/secret.ts';

const SHARED = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
};

test('a message is signed as the libraries of Standard Webhooks expect it', () => {
  const keys = readWebhookKeys({ secrets: [SHARED], signingKey: null });
  expect(signWebhook(keys, MESSAGE)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('while a secret is changed there is a signature by each, the new one first', () => {
  const next = new Secret(`whsec_${Buffer.alloc(24, 7).toString('base64')}`);
  const keys = readWebhookKeys({ secrets: [next, SHARED], signingKey: null });
  const signatures = signWebhook(keys, MESSAGE).split(' ');
  expect(signatures).toHaveLength(2);
  expect(signatures[1]).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  expect(signatures[0]).not.toBe(signatures[1]);
});

test('a signing key signs what the public key verifies', () => {
  const seed = Buffer.alloc(32, 3);
  const keys = readWebhookKeys({
    secrets: [SHARED],
    signingKey: new Secret(`whsk_${seed.toString('base64')}`),
  });
  const signature = signWebhook(keys, MESSAGE).split(' ')[1] ?? '';
  expect(signature).toMatch(/^v1a,/);
  if (keys.signing === null) throw new Error('there is a signing key');
  const signed = Buffer.from(`${MESSAGE.id}.${MESSAGE.timestamp}.${MESSAGE.body}`);
  const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64');
  expect(verify(null, signed, createPublicKey(keys.signing), bytes)).toBe(true);
});

test.each([
  ['without its mark', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['of 23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ['of 65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
])('a secret %s is refused, and not shown', (_what, text) => {
  expect(() => readWebhookKeys({ secrets: [new Secret(text)], signingKey: null })).toThrow(
    'the key is not whsec_ and 24 to 64 bytes in base64',
  );
});

test.each([24, 64])('a secret of %i bytes is taken', (bytes) => {
  const secret = new Secret(`whsec_${Buffer.alloc(bytes).toString('base64')}`);
  expect(readWebhookKeys({ secrets: [secret], signingKey: null }).shared).toHaveLength(1);
});
