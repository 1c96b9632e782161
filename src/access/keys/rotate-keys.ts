/**
 * The deployment's own keys: a new root key, or a new signing key that the one before endorses. For overseers; every
 * rotation is an event of the log, in its own transaction, and so is who was refused. docs/keys.md.
 */
import type { Identity } from '../../core/identity.ts';
import type { KeyringView, Rotatable } from '../../core/keyring.ts';
import type { AccessContext } from '../context.ts';
import { keepRefusal } from '../keep-refusal.ts';
import type { DeploymentKeyring } from '../ports.ts';
import { recordEvent } from '../record.ts';
import { refusalUnlessOverseer } from '../rights.ts';

const IS_FOR = 'The deployment’s keys are for members of the groups in `oversight`.';

/** @throws AppError `forbidden` unless the viewer is an overseer */
export async function readKeyring(
  context: AccessContext,
  input: { keyring: DeploymentKeyring; viewer: Identity },
): Promise<KeyringView> {
  const refusal = refusalUnlessOverseer(context, { identity: input.viewer, text: IS_FOR });
  if (refusal !== null) throw refusal;
  return input.keyring.read();
}

/**
 * Rotates, unless somebody has done it since.
 * @param input.after the generation of the newest root key, or the number of the newest signing key, as it was shown
 * @returns `rotated` false when another one is the newest by now
 * @throws AppError `forbidden` unless an overseer asks, `invalid_input` for an `after` that there is not, `unavailable`
 *   when a key management service does not answer
 */
export async function rotateKeys(
  context: AccessContext,
  input: { keyring: DeploymentKeyring; what: Rotatable; after: number; by: Identity },
): Promise<KeyringView & { readonly rotated: boolean }> {
  const { keyring, what, after, by } = input;
  const attempt = { type: 'keyring.refused', actorId: by.id, subject: what, data: { what } } as const;
  await keepRefusal(context, attempt, async () => {
    const refusal = refusalUnlessOverseer(context, { identity: by, text: IS_FOR });
    if (refusal !== null) throw refusal;
  });
  const rotated = await ROTATIONS[what](keyring, { after, by });
  return { ...(await keyring.read()), rotated };
}

type Rotate = (
  keyring: DeploymentKeyring,
  input: { readonly after: number; readonly by: Identity },
) => Promise<boolean>;

const ROTATIONS: Readonly<Record<Rotatable, Rotate>> = {
  root: (keyring, { after, by }) =>
    keyring.rotateRoot({
      after,
      note: (db, { at, ...data }) =>
        recordEvent(db, { at, type: 'root-key.rotated', actorId: by.id, subject: data.keyId, data }),
    }),
  signing: (keyring, { after, by }) =>
    keyring.rotateSigning({
      after,
      note: (db, { at, sha256, ...data }) =>
        recordEvent(db, { at, type: 'signing-key.rotated', actorId: by.id, subject: sha256, data }),
    }),
};
