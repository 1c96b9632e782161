/** What the global set-up tells the test files about the cluster it started. */
import type { ShopCredentials } from '../../src/demo/shop/create-shop.ts';

export const STORE_TEMPLATE = 'template_store';
export const SHOP_TEMPLATE = 'template_shop';
/** Every database that a test makes starts like this, so that one left behind is found. */
export const TEST_DATABASE_PREFIX = 'test_';

export interface TestCluster {
  readonly port: number;
  /** Of the superuser, for `postgres`. Test-only: the passwords live as long as the run. */
  readonly administratorUrl: string;
  readonly shop: { readonly [Role in keyof ShopCredentials]: { username: string; password: string } };
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster;
  }
}
