import { describe, expect, test } from 'vitest';
import { parsePersonClaims } from '../../../src/identity/browser-login/person-claims.ts';

const NAMED = { groupsClaim: 'groups', sshKeysClaim: null };

describe('what the identity provider says about a person', () => {
  test('becomes subject, e-mail, name and the groups of the configured claim', () => {
    const claims = {
      sub: 'u-1',
      email: 'a@example.com',
      name: 'Alice',
      teams: ['sre', 'dba'],
      groups: ['other'],
    };
    expect(parsePersonClaims(claims, { ...NAMED, groupsClaim: 'teams' })).toEqual({
      subject: 'u-1',
      email: 'a@example.com',
      name: 'Alice',
      groups: ['sre', 'dba'],
      sshKeys: [],
    });
  });

  test('means no group at all where the claim is missing', () => {
    expect(parsePersonClaims({ sub: 'u-1', email: 'a@example.com' }, NAMED).groups).toEqual([]);
  });

  test('is refused with an e-mail address that the provider itself does not trust', () => {
    const claims = { sub: 'u-1', email: 'ceo@example.com', email_verified: false };
    expect(() => parsePersonClaims(claims, NAMED)).toThrow(expect.objectContaining({ code: 'forbidden' }));
  });

  test.each([{}, { sub: '' }, { sub: 7 }, { sub: 'u-1', email: ['a'] }])('is refused as %j', (claims) => {
    expect(() => parsePersonClaims(claims, NAMED)).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    );
  });
});
