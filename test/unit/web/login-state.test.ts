import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import {
  LOGIN_LASTS_MS,
  sealLoginState,
  unsealLoginState,
} from '../../../src/identity/browser-login/login-state.ts';

const LOGIN = { state: 's', nonce: 'n', codeVerifier: 'v', returnTo: '/chat', freshSinceMs: null };
const START = Date.parse('2026-11-21T12:00:00Z');

function sealingAt(nowMs: number, key = new Secret<Uint8Array>(randomBytes(32))) {
  return { key, clock: { now: () => new Date(nowMs) } };
}

describe('what the browser keeps during a sign-in', () => {
  test('comes back as it was, and cannot be read on the way', async () => {
    const sealing = sealingAt(START);
    const sealed = await sealLoginState(sealing, LOGIN);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('/chat');
    expect(await unsealLoginState(sealing, sealed)).toEqual(LOGIN);
  });

  test('ends after ten minutes', async () => {
    const sealing = sealingAt(START);
    const sealed = await sealLoginState(sealing, LOGIN);
    const at = (nowMs: number) => unsealLoginState(sealingAt(nowMs, sealing.key), sealed);
    await expect(at(START + LOGIN_LASTS_MS - 1_000)).resolves.toEqual(LOGIN);
    await expect(at(START + LOGIN_LASTS_MS)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test.each(['missing', 'altered', 'of another deployment', 'not sealed at all'])(
    'is refused when %s',
    async (how) => {
      const sealing = sealingAt(START);
      const sealed = await sealLoginState(sealing, LOGIN);
      const given: Record<string, string | null> = {
        missing: null,
        altered: `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`,
        'of another deployment': await sealLoginState(sealingAt(START), LOGIN),
        'not sealed at all': JSON.stringify(LOGIN),
      };
      await expect(unsealLoginState(sealing, given[how] ?? null)).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    },
  );
});
