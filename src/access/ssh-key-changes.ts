/** What is told of keys that were added and removed, to whose they are: a key that somebody else adds is a way in. */
import { AppError } from '../core/errors.ts';
import { listEvents } from '../store/operations/events.ts';
import { findIdentities } from '../store/operations/people.ts';
import type { AccessContext } from './context.ts';
import type { KeyChange } from './ports.ts';
import { partyOf } from './read-views.ts';
import type { PartyView } from './views.ts';

export interface SshKeyChangeView {
  /** `k-…`. */
  readonly keyId: string;
  readonly change: KeyChange;
  readonly person: PartyView;
  /** `SHA256:…` */
  readonly fingerprint: string;
  readonly label: string;
  readonly at: Date;
}

/** A key is registered and removed once, and may be gone: the audit log knows. */
const EVENTS_OF_KEY_MAX = 10;

/** @throws AppError `not_found` */
export async function readKeyChange(
  context: AccessContext,
  { keyId, change }: { readonly keyId: string; readonly change: KeyChange },
): Promise<SshKeyChangeView> {
  const db = context.store.read();
  const events = await listEvents(db, { subject: keyId, limit: EVENTS_OF_KEY_MAX });
  const event = events.find(({ type }) => type === `ssh-key.${change}`);
  const [identity] = event?.actorId == null ? [] : await findIdentities(db, { ids: [event.actorId] });
  if (event === undefined || identity === undefined)
    throw new AppError('not_found', `No change of a key ${keyId.slice(0, 40)} is known.`);
  const { fingerprint, label } = event.data;
  return {
    keyId,
    change,
    person: partyOf(identity),
    fingerprint: String(fingerprint),
    label: String(label),
    at: event.at,
  };
}
