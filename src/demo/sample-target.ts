/** The database that the demo protects: the sample shop in a cluster of its own, with its own credentials. */
import { Secret } from '../core/secret.ts';
import { startEmbeddedPostgres } from '../store/embedded/supervisor.ts';
import { createShop, type ShopCredentials } from './shop/create-shop.ts';

export interface SampleTarget {
  readonly port: number;
  readonly database: string;
  readonly credentials: ShopCredentials;
  /** The cluster administrator's, for the tour to look past the broker. */
  readonly administratorUrl: Secret<string>;
  stop(): Promise<void>;
}

const DATABASE = 'shop';
const CUSTOMERS = 1_200;

export async function startSampleTarget(directory: string): Promise<SampleTarget> {
  const cluster = await startEmbeddedPostgres({ directory });
  const administratorUrl = (database: string): Secret<string> => new Secret(cluster.url(database));
  try {
    const credentials = await createShop({ administratorUrl, database: DATABASE, customers: CUSTOMERS });
    return {
      port: cluster.port,
      database: DATABASE,
      credentials,
      administratorUrl: administratorUrl(DATABASE),
      stop: cluster.stop,
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
