import { ChatDeliveryRow } from '../entities/chat-delivery.ts';
import type { Database } from '../open-store.ts';

interface Delivery {
  readonly platform: string;
  readonly key: string;
}

/** @returns true for the first of all that come with this key, at once or later */
export async function insertChatDelivery(
  db: Database,
  delivery: Delivery & { readonly at: Date },
): Promise<boolean> {
  const inserted = await db.execute<{ key: string }[]>(
    'insert into chat_delivery (platform, key, at) values (?, ?, ?) on conflict do nothing returning key',
    [delivery.platform, delivery.key, delivery.at],
  );
  return inserted.length === 1;
}

export async function deleteChatDelivery(db: Database, { platform, key }: Delivery): Promise<void> {
  await db.nativeDelete(ChatDeliveryRow, { platform, key });
}

export async function deleteChatDeliveries(db: Database, options: { before: Date }): Promise<number> {
  return db.nativeDelete(ChatDeliveryRow, { at: { $lt: options.before } });
}
