/** Keys that follow one another: the first public key verifies what all of them signed, and nobody else's. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SignedHead, signedHead } from '../../../src/audit/signed-head.ts';
import { verifyLogFile } from '../../../src/audit/verify-file.ts';
import { encodeBundle, followFrom, keysOf, parsePublicKey } from '../../../src/recording/public-key.ts';
import {
  type EndorsedKey,
  endorsementMessage,
  type PublicKey,
  publicKeyOf,
  type TrustedKey,
} from '../../../src/store/signing-chain.ts';
import { chained, exportText, type SampleLogEvent } from '../../support/sample-log.ts';

interface Pair {
  readonly publicKey: PublicKey;
  readonly privateKey: KeyObject;
}

const pair = (): Pair => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, publicKey: publicKeyOf(publicKey.export({ type: 'spki', format: 'der' })) };
};
const [FIRST, SECOND, THIRD, ATTACKER] = [pair(), pair(), pair(), pair()];
const AT_MS = Date.parse('2026-11-21T10:00:00.000Z');

function endorsed(previous: Pair, next: Pair, number: number, atMs = AT_MS): EndorsedKey {
  const said = { number, atMs };
  const message = endorsementMessage({ ...said, previous: previous.publicKey, next: next.publicKey });
  return {
    ...next.publicKey,
    endorsement: { ...said, signature: sign(null, message, previous.privateKey) },
  };
}

const trusted = (following: readonly EndorsedKey[]): TrustedKey => ({ ...FIRST.publicKey, following });
const BUNDLE = encodeBundle(trusted([endorsed(FIRST, SECOND, 2), endorsed(SECOND, THIRD, 3)]));
const names = (key: TrustedKey | null): readonly string[] =>
  key === null ? [] : keysOf(key).map(({ sha256 }) => sha256);
const ALL = [FIRST, SECOND, THIRD].map(({ publicKey }) => publicKey.sha256);

describe('a file of public keys', () => {
  it('is read back as it was written; its first key alone is an ordinary PEM file', () => {
    expect(names(parsePublicKey(BUNDLE))).toEqual(ALL);
    expect(encodeBundle(parsePublicKey(BUNDLE))).toBe(BUNDLE);
    const first = encodeBundle(FIRST.publicKey);
    expect(BUNDLE.startsWith(first)).toBe(true);
    expect(publicKeyOf(BUNDLE).sha256).toBe(FIRST.publicKey.sha256);
    expect(names(followFrom(parsePublicKey(first), BUNDLE))).toEqual(ALL);
    // Whoever trusts a later one follows from there.
    expect(names(followFrom(SECOND.publicKey, BUNDLE))).toEqual(ALL.slice(1));
  });

  it('with any bit of an endorsement or of an endorsed key changed is none', () => {
    const blocks = [...BUNDLE.matchAll(/-----BEGIN [A-Z ]+-----\n([^-]+)\n-----END/g)].slice(1);
    expect(blocks).toHaveLength(4);
    for (const { 1: base64 = '' } of blocks) {
      const bytes = Buffer.from(base64, 'base64');
      for (let bit = 0; bit < bytes.length * 8; bit += 5) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const text = BUNDLE.replace(base64, changed.toString('base64'));
        expect(() => parsePublicKey(text), `bit ${bit}`).toThrow(/does not hold together/);
      }
    }
  });

  it('of somebody else lets no key of theirs follow from the one that is known', () => {
    const first = parsePublicKey(encodeBundle(FIRST.publicKey));
    // Their own chain, whole in itself.
    const theirs = encodeBundle({ ...ATTACKER.publicKey, following: [endorsed(ATTACKER, SECOND, 2)] });
    expect(followFrom(first, theirs)).toBeNull();
    // The right first key, and theirs behind it: vouched for by themselves, or with our own endorsement of another.
    const own = endorsed(FIRST, SECOND, 2);
    for (const next of [
      endorsed(ATTACKER, ATTACKER, 2),
      { ...own, ...ATTACKER.publicKey },
      endorsed(FIRST, SECOND, 1),
    ])
      expect(() => followFrom(first, encodeBundle(trusted([next])))).toThrow(/does not hold together/);
    // A key left out, or put twice.
    for (const following of [[endorsed(SECOND, THIRD, 3)], [own, own], [own, endorsed(SECOND, THIRD, 4)]])
      expect(() => parsePublicKey(encodeBundle(trusted(following)))).toThrow(/is not endorsed|does not hold/);
    const forked = encodeBundle(trusted([endorsed(FIRST, ATTACKER, 2)]));
    expect(() => followFrom(parsePublicKey(BUNDLE), forked)).toThrow(/names another key/);
  });
});

const rotation = (previous: Pair, next: Pair, number: number, index: number): SampleLogEvent => {
  const { endorsement } = endorsed(previous, next, number, AT_MS + index * 10_000);
  return {
    type: 'signing-key.rotated',
    subject: next.publicKey.sha256,
    data: {
      number,
      previousSha256: previous.publicKey.sha256,
      publicKey: next.publicKey.key.export({ type: 'spki', format: 'der' }).toString('base64'),
      endorsement: endorsement.signature.toString('hex'),
    },
  };
};
const plain: SampleLogEvent = { type: 'vote.cast', subject: 'r-1', data: {} };

/** Each event with a head behind it by the key of that place. */
function logOf(events: readonly SampleLogEvent[], signers: readonly Pair[]): Buffer {
  return exportText(
    chained(events).flatMap((event, index) => {
      const { privateKey, publicKey } = signers[index] ?? FIRST;
      const signer = { publicKey, sign: (message: Uint8Array) => sign(null, message, privateKey) };
      const head: SignedHead = signedHead({ ...event, at: event.at }, signer);
      return [{ kind: 'event', event } as const, { kind: 'head', head } as const];
    }),
  );
}

async function problemsOf(bytes: Buffer, key: TrustedKey): Promise<readonly string[]> {
  const { problems } = await verifyLogFile({ bytes, key });
  return problems.map(({ code, sequence }) => `${code} ${sequence}`);
}

describe('an audit log in which the signing key changes', () => {
  const events = [plain, rotation(FIRST, SECOND, 2, 1), plain, rotation(SECOND, THIRD, 3, 3), plain];
  const signers = [FIRST, SECOND, SECOND, THIRD, THIRD];

  it('verifies with the first public key alone, and with each file that holds the others', async () => {
    expect(await problemsOf(logOf(events, signers), FIRST.publicKey)).toEqual([]);
    expect(await problemsOf(logOf(events, signers), parsePublicKey(BUNDLE))).toEqual([]);
  });

  it('does not verify when a replaced key goes on signing', async () => {
    expect(await problemsOf(logOf(events, [FIRST, FIRST, SECOND, THIRD, THIRD]), FIRST.publicKey)).toEqual([
      'wrong_key 2',
    ]);
    expect(await problemsOf(logOf(events, [FIRST, SECOND, SECOND, THIRD, SECOND]), FIRST.publicKey)).toEqual([
      'wrong_key 5',
    ]);
  });

  it('does not follow to a key that the one before did not endorse', async () => {
    const forged = rotation(ATTACKER, ATTACKER, 2, 1);
    const claimed = { ...forged, data: { ...forged.data, previousSha256: FIRST.publicKey.sha256 } };
    for (const event of [forged, claimed, { ...forged, data: {} }]) {
      const bytes = logOf([plain, event, plain], [FIRST, ATTACKER, ATTACKER]);
      expect(await problemsOf(bytes, FIRST.publicKey)).toEqual([
        'bad_endorsement 2',
        'wrong_key 2',
        'wrong_key 3',
      ]);
    }
  });

  it('names a second successor of the same key: who has stolen an old key cannot go on with it', async () => {
    const fork = [plain, rotation(FIRST, SECOND, 2, 1), rotation(FIRST, ATTACKER, 2, 2), plain];
    const bytes = logOf(fork, [FIRST, SECOND, ATTACKER, ATTACKER]);
    expect(await problemsOf(bytes, FIRST.publicKey)).toEqual([
      'bad_endorsement 3',
      'wrong_key 3',
      'wrong_key 4',
    ]);
    // And one that contradicts the file of keys.
    const other = logOf([plain, rotation(FIRST, ATTACKER, 2, 1)], [FIRST, ATTACKER]);
    expect(await problemsOf(other, parsePublicKey(BUNDLE))).toEqual(['bad_endorsement 2', 'wrong_key 2']);
  });

  it('of which a part begins behind a change needs the keys that followed', async () => {
    const lines = logOf(events, signers).toString().split('\n').slice(4).join('\n');
    const part = Buffer.from(lines);
    expect(await problemsOf(part, FIRST.publicKey)).toContain('wrong_key 3');
    expect(await problemsOf(part, parsePublicKey(BUNDLE))).toEqual([]);
    expect(await problemsOf(part, SECOND.publicKey)).toEqual([]);
  });
});
