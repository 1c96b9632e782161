import { Client } from 'pg';

/** Runs something on a connection of its own. */
export async function withAdministrator<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'test administrator' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
