import { Client } from 'pg';
import type { Tour } from './step.ts';

/** How many customers the target holds, asked past the broker. */
export async function countCustomers({ target }: Tour): Promise<string> {
  return (await askTarget(target, 'select count(*)::text from customers'))[0]?.[0] ?? '';
}

/** Asks the target itself, with its administrator's credential. */
export async function askTarget(target: Tour['target'], text: string): Promise<string[][]> {
  const client = new Client({ connectionString: target.administratorUrl.reveal() });
  await client.connect();
  try {
    return (await client.query<string[]>({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}
