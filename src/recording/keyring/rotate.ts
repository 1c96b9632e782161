/**
 * Rotations: each is one transaction, of which everybody sees all or nothing. What asks a key management service comes
 * before it, so that no transaction waits for one.
 */
import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { KeyringView, NewRootKey, NewSigningKey } from '../../core/keyring.ts';
import { SIGNING_KEY_NAME, sealAnew, sealSecret } from '../../store/deployment-secrets.ts';
import type { Database } from '../../store/open-store.ts';
import { insertDeploymentKey } from '../../store/operations/deployment.ts';
import {
  insertRootKey,
  listRootKeys,
  listSigningKeys,
  lockKeyring,
  readKeyringExtent,
  setRootKeyWrapping,
} from '../../store/operations/keyring.ts';
import { ROOT_KEY_BYTES } from '../../store/sealing.ts';
import { encodeEndorsement, endorsementMessage, pemOf, publicKeyOf } from '../../store/signing-chain.ts';
import { makeKeyPair } from './first-keys.ts';
import type { Keyring } from './keyring.ts';
import { type Root, rootOf } from './load.ts';
import { contextOf } from './wrapper.ts';

/** What may be asked of a keyring; the use cases say who may. */
export interface KeyRotations {
  read(): Promise<KeyringView>;
  rotateRoot(input: Rotation<NewRootKey>): Promise<boolean>;
  rotateSigning(input: Rotation<NewSigningKey>): Promise<boolean>;
}

export function rotationsOf(keyring: Keyring): KeyRotations {
  return {
    read: () => readKeyring(keyring),
    rotateRoot: (input) => rotateRoot(keyring, input),
    rotateSigning: (input) => rotateSigning(keyring, input),
  };
}

interface Rotation<Facts> {
  /** What was the newest for whoever asks: when it is not any more, nothing is done. */
  readonly after: number;
  /** Written in the rotation's own transaction. */
  readonly note: (db: Database, facts: Facts) => Promise<void>;
}

/**
 * Makes a new root key, wraps all of them with what the configuration says now, and seals what rests sealed under the
 * new one.
 * @returns false when it was rotated already
 */
async function rotateRoot(keyring: Keyring, { after, note }: Rotation<NewRootKey>): Promise<boolean> {
  const { store, primary } = keyring;
  await keyring.lookAgain();
  const newest = keyring.roots.at(-1)?.generation ?? 0;
  if (isBehind({ after, newest })) return false;
  const at = keyring.clock.now();
  const fresh = rootOf(after + 1, randomBytes(ROOT_KEY_BYTES));
  const wrapped = new Map<Root, Buffer>();
  for (const root of [...keyring.roots, fresh])
    wrapped.set(root, await primary.wrap(root.bytes, contextOf(root.key.keyId)));
  const rotated = await store.transaction(async (db) => {
    await lockKeyring(db);
    const { generation } = await readKeyringExtent(db, { signing: SIGNING_KEY_NAME });
    if (generation !== after) return false;
    for (const [root, wrappedKey] of wrapped) {
      const { keyId } = root.key;
      const row = { generation: root.generation, wrappedBy: primary.name, wrappedKey };
      if (root === fresh) await insertRootKey(db, { ...row, keyId, createdAt: at });
      else await setRootKeyWrapping(db, row);
    }
    await sealAnew(db, { to: fresh.key, from: (keyId) => keyring.knownRoot(keyId) });
    await note(db, {
      generation: fresh.generation,
      keyId: fresh.key.keyId,
      wrappedBy: primary.name,
      at,
    });
    return true;
  });
  await keyring.lookAgain();
  return rotated;
}

/**
 * Makes a new signing key, which the one before endorses.
 * @returns false when it was rotated already
 */
async function rotateSigning(keyring: Keyring, { after, note }: Rotation<NewSigningKey>): Promise<boolean> {
  await keyring.lookAgain();
  if (isBehind({ after, newest: keyring.newestSigner.number })) return false;
  const rotated = await keyring.store.transaction(async (db) => {
    await lockKeyring(db);
    const { number, generation } = await readKeyringExtent(db, { signing: SIGNING_KEY_NAME });
    if (number !== after) return false;
    // A rotation of the root key came before us: nobody makes another one while the lock is held.
    if (keyring.roots.at(-1)?.generation !== generation) await keyring.lookAgain();
    const root = keyring.newestRoot;
    const facts = endorse(keyring, { number: after + 1 });
    const { publicPart, secret, endorsement, note: told } = facts;
    const name = `${SIGNING_KEY_NAME}-${told.number}`;
    await insertDeploymentKey(db, {
      name,
      publicKeyPem: publicPart,
      sealedPrivateKey: sealSecret({ root, name, publicPart, secret }),
      sealedBy: root.keyId,
      createdAt: told.at,
      number: told.number,
      endorsement,
    });
    secret.fill(0);
    await note(db, told);
    return true;
  });
  await keyring.lookAgain();
  return rotated;
}

function endorse(
  { newestSigner: previous, clock }: Keyring,
  { number }: { number: number },
): { publicPart: string; secret: Buffer; endorsement: Buffer; note: NewSigningKey } {
  const { publicPart, secret } = makeKeyPair();
  const next = publicKeyOf(publicPart);
  const at = clock.now();
  const said = { number, atMs: at.getTime() };
  const message = endorsementMessage({ ...said, previous: previous.publicKey, next });
  const signature = Buffer.from(previous.sign(message));
  return {
    publicPart: pemOf(next),
    secret,
    endorsement: encodeEndorsement({ ...said, signature }),
    note: {
      number,
      sha256: next.sha256,
      previousSha256: previous.publicKey.sha256,
      publicKey: next.key.export({ type: 'spki', format: 'der' }).toString('base64'),
      endorsement: signature.toString('hex'),
      at,
    },
  };
}

/** @throws AppError `invalid_input` for a key that there is not yet */
function isBehind({ after, newest }: { after: number; newest: number }): boolean {
  if (after > newest) throw new AppError('invalid_input', `The newest one is ${newest}, not ${after}.`);
  return after < newest;
}

async function readKeyring(keyring: Keyring): Promise<KeyringView> {
  const db = keyring.store.read();
  const roots = await listRootKeys(db);
  const signers = await listSigningKeys(db, { name: SIGNING_KEY_NAME });
  return {
    wrapsWith: keyring.primary.name,
    rootKeys: roots.map(({ generation, keyId, wrappedBy, createdAt }) => ({
      generation,
      keyId,
      wrappedBy,
      createdAt,
    })),
    signingKeys: signers.map(({ number, publicKeyPem, createdAt }) => ({
      number,
      sha256: publicKeyOf(publicKeyPem).sha256,
      createdAt,
    })),
    problem: keyring.problem,
  };
}
