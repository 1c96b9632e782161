import { afterAll, beforeAll } from 'vitest';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { useTestDatabase } from './database.ts';

/** A migrated store for one test file, closed after it. Read the result inside tests only. */
export function useTestStore(options: { poolMax?: number } = {}): { readonly current: Store } {
  const database = useTestDatabase();
  let store: Store | null = null;
  beforeAll(async () => {
    store = await openStore({ url: database.current.url, ...options });
  });
  afterAll(async () => {
    await store?.close();
  });
  return {
    get current() {
      if (store === null) throw new Error('The test store exists only while tests run.');
      return store;
    },
  };
}
