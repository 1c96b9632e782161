import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { createRecordingKeys } from '../../../src/recording/keys.ts';
import { signingKeyOf } from './sample-data.ts';

describe('the keys of a file', () => {
  it('open what they wrapped, for the same file alone', async () => {
    const masterKey = new Secret(randomBytes(32));
    const keys = createRecordingKeys({ masterKey, signingKey: signingKeyOf(2) });
    const again = createRecordingKeys({ masterKey, signingKey: signingKeyOf(2) });
    const { keyId, publicKey } = keys.newest;
    const dataKey = randomBytes(32);
    const wrapped = keys.newest.wrapDataKey(dataKey, Buffer.from('s-1'));
    const found = await again.find({ keyId, signingKeySha256: publicKey.sha256 });
    expect(found && Buffer.from(found.unwrapDataKey(wrapped, Buffer.from('s-1')))).toEqual(dataKey);
    expect(() => found?.unwrapDataKey(wrapped, Buffer.from('s-2'))).toThrow();
    expect(found?.sign(Buffer.from('a'))).toEqual(keys.newest.sign(Buffer.from('a')));
  });

  it('are not those of another deployment', async () => {
    const masterKey = new Secret(randomBytes(32));
    const keys = createRecordingKeys({ masterKey, signingKey: signingKeyOf(2) });
    const other = createRecordingKeys({ masterKey, signingKey: signingKeyOf(3) });
    const { keyId } = keys.newest;
    expect(await keys.find({ keyId, signingKeySha256: other.newest.publicKey.sha256 })).toBeNull();
    expect(await keys.findWrapping('0'.repeat(16))).toBeNull();
    const short = new Secret(randomBytes(31));
    expect(() => createRecordingKeys({ masterKey: short, signingKey: signingKeyOf(2) })).toThrow(/31 bytes/);
  });
});
