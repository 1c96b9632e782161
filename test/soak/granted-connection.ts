/** A connection as Alice gets it: asked for in chat, approved by two, revealed to her. */
import pg from 'pg';
import { FIRST_VOTE } from '../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../src/demo/tour/steps/second-vote.ts';
import { type Deployment, takeSteps } from '../e2e/server/deployment.ts';

/** @returns the connection string, for the role `write` and an hour */
export async function grantedConnection({ tour }: Deployment): Promise<string> {
  await takeSteps(tour, [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL]);
  return tour.notebook.recall('connectionUrl');
}

/** A client of the `pg` package. It outlives the loss of its connection: what it was doing is rejected. */
export async function connectClient(url: string): Promise<pg.Client> {
  const address = new URL(url);
  // libpq's `require` encrypts and does not verify; the library would take it for more.
  address.searchParams.delete('sslmode');
  const client = new pg.Client({ connectionString: address.href, ssl: { rejectUnauthorized: false } });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
