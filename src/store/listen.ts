/** One connection that listens on one channel, and connects again for as long as it is wanted. */
import pg from 'pg';
import type { Secret } from '../core/secret.ts';

const RECONNECT_AFTER_MS = 500;

/**
 * @param options.onHint gets each notification's payload, and null after every (re)connect
 * @returns once the first connection listens
 * @throws when the first connection fails
 */
export async function openListener(options: {
  url: Secret<string>;
  channel: string;
  onHint: (payload: string | null) => void;
}): Promise<{ close(): Promise<void> }> {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: options.url.reveal(), keepAlive: true });
    client = next;
    let lost = false;
    const reconnect = (): void => {
      if (lost || closed) return;
      lost = true;
      retry = setTimeout(() => void connect().catch(reconnectLater), RECONNECT_AFTER_MS);
    };
    const reconnectLater = (): void => {
      if (!closed) retry = setTimeout(() => void connect().catch(reconnectLater), RECONNECT_AFTER_MS);
    };
    next.on('error', reconnect);
    next.on('notification', (message) => options.onHint(message.payload ?? ''));
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(options.channel)}`);
    } catch (error) {
      lost = true;
      await next.end().catch(() => undefined);
      throw error;
    }
    next.on('end', reconnect);
    options.onHint(null);
  };

  await connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
