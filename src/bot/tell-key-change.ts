/** Tells people privately of keys that log in as them, on every platform where they can be reached. */
import type { AccessContext } from '../access/context.ts';
import type { KeyChange } from '../access/ports.ts';
import { readKeyChange } from '../access/ssh-key-changes.ts';
import { privatelyTo } from './card-places.ts';
import { sshKeyCard } from './cards/ssh-key-card.ts';
import type { ChatPlatform } from './platform.ts';

/** @throws what a platform throws that cannot be reached; the others are told all the same */
export async function tellKeyChange(
  { access, platforms }: { readonly access: AccessContext; readonly platforms: readonly ChatPlatform[] },
  of: { readonly keyId: string; readonly change: KeyChange },
): Promise<void> {
  const change = await readKeyChange(access, of);
  const card = sshKeyCard(change);
  const told = await Promise.allSettled(
    platforms.map(async (platform) => {
      for (const place of await privatelyTo(platform, [change.person])) {
        const key = `ssh-key:${of.change}:${of.keyId}:${platform.name}:${place.channel}`;
        await platform.post({ ...place, card, key });
      }
    }),
  );
  const failed = told.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
