/** Which of a page's buttons are for whoever looks, and why the others are not there. */
import type { ActionId } from '../../bot/card.ts';
import type { ButtonOffers } from '../../bot/web/wire.ts';
import { useResource } from './use-resource.ts';

const REFRESH_MS = 5_000;

export interface OwnActs {
  /** False until it is known; true where the server does not say, since it judges every act anyway. */
  readonly may: (action: ActionId) => boolean;
  readonly missing: readonly string[];
  readonly reload: () => Promise<void>;
}

/** @param subject what the buttons are about, as they would carry it on a card; null for none of them */
export function useOwnActs(subject: string | null, actions: readonly ActionId[]): OwnActs {
  const query = actions.map((action) => `button=${encodeURIComponent(`${action} ${subject}`)}`).join('&');
  const { loaded, reload } = useResource<ButtonOffers>(
    subject === null ? null : `/chat/api/offers?${query}`,
    { refreshMs: REFRESH_MS },
  );
  if (loaded.state !== 'ready') return { may: () => loaded.state === 'failed', missing: [], reload };
  const withheld = new Set(loaded.value.withheld);
  const may = (action: ActionId): boolean => subject !== null && !withheld.has(`${action} ${subject}`);
  return { may, missing: loaded.value.missing, reload };
}
