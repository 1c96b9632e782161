/** The database that the demo protects: the sample shop in a cluster of its own, with its own credentials. */
import { Client } from 'pg';
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
    await makeCanary(administratorUrl(DATABASE));
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

/** The table that a drill may lose; there again at each start. */
async function makeCanary(administratorUrl: Secret<string>): Promise<void> {
  const client = new Client({ connectionString: administratorUrl.reveal() });
  await client.connect();
  try {
    await client.query(`
      set role app_owner;
      create table if not exists sallyport_drill_canary (note text not null);
      insert into sallyport_drill_canary (note)
      select 'lost if a drill is not stopped' where not exists (select from sallyport_drill_canary);
      grant select, insert on sallyport_drill_canary to public`);
  } finally {
    await client.end();
  }
}
