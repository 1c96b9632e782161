import { ChatDeliveryRow } from '../entities/chat-delivery.ts';
import type { Database } from '../open-store.ts';

interface Deliveries {
  readonly platform: string;
  readonly keys: readonly string[];
}

/** @returns the keys that were not there: of all that come with one, at once or later, the first gets it */
export async function insertChatDeliveries(
  db: Database,
  deliveries: Deliveries & { readonly at: Date },
): Promise<readonly string[]> {
  // In one order everywhere, so that two that share keys never wait for each other.
  const keys = JSON.stringify([...deliveries.keys].sort());
  const inserted = await db.execute<{ key: string }[]>(
    `insert into chat_delivery (platform, key, at)
     select ?, key, ? from jsonb_array_elements_text(?::jsonb) with ordinality as given (key, place) order by place
     on conflict do nothing returning key`,
    [deliveries.platform, deliveries.at, keys],
  );
  return inserted.map(({ key }) => key);
}

export async function deleteChatDeliveries(db: Database, { platform, keys }: Deliveries): Promise<void> {
  await db.nativeDelete(ChatDeliveryRow, { platform, key: { $in: [...keys] } });
}

export async function deleteOldChatDeliveries(db: Database, options: { before: Date }): Promise<number> {
  return db.nativeDelete(ChatDeliveryRow, { at: { $lt: options.before } });
}
