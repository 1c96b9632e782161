/** `kill -9` where Sallyport runs its own PostgreSQL, which outlives it or dies with it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import { fieldOf } from '../../../src/demo/tour/chat.ts';
import { readTourRequest } from '../../../src/demo/tour/read-request.ts';
import { CONNECT } from '../../../src/demo/tour/steps/connect.ts';
import { FIRST_VOTE } from '../../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../../src/demo/tour/steps/second-vote.ts';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import { openClusterDirectory, readPostmaster } from '../../../src/store/embedded/cluster-directory.ts';
import { type Deployment, takeSteps, useDeployment } from './deployment.ts';

describe('killed with an embedded PostgreSQL', () => {
  const deployment = useDeployment({ embedded: true });
  let before: unknown;

  it('has made a request, a grant and a secret', async () => {
    const { current } = deployment;
    await takeSteps(current.tour, [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL]);
    before = await whatIsThere(current);
  });

  it('adopts the database that outlived it, with everything in it', async () => {
    const { current } = deployment;
    const postmaster = postmasterOf(current);
    await current.server.kill();
    await current.restart();
    expect(postmasterOf(current)).toEqual(postmaster);
    expect(await whatIsThere(current)).toEqual(before);
  });

  it('restarts the database that was killed with it, with everything in it', async () => {
    const { current } = deployment;
    const { pid } = postmasterOf(current);
    await current.server.kill();
    process.kill(pid, 'SIGKILL');
    await current.restart();
    expect(postmasterOf(current).pid).not.toBe(pid);
    expect(await whatIsThere(current)).toEqual(before);
  });

  it('still lets the holder in with the secret revealed before', async () => {
    const { tour } = deployment.current;
    await takeSteps(tour, [CONNECT]);
    await tour.notebook.recall('sqlSession').close();
  });
});

/** The request with its votes and grant, and who sees which message about it; read by people who signed in before. */
async function whatIsThere({ tour }: Deployment): Promise<unknown> {
  const { alice, bob } = tour.notebook.recall('players');
  const requestId = tour.notebook.recall('requestId');
  const cardOf = async (chat: typeof bob.chat, channel: string, status: string) =>
    waitFor(`A card that says "${status}"`, async () => {
      const messages = (await chat.messages(channel)) ?? [];
      const cards = messages.filter((message) => message.card !== null);
      return cards.some((message) => message.card?.status.includes(status))
        ? cards.map((message) => [message.id, message.card?.title, fieldOf(message, 'ID')])
        : null;
    });
  return {
    request: await readTourRequest(tour),
    incident: await cardOf(bob.chat, INCIDENT_CHANNEL, 'Access is active until'),
    private: await cardOf(alice.chat, `@${alice.personId}`, 'Connection revealed'),
    requestId,
  };
}

function postmasterOf({ directory }: Deployment): { pid: number; port: number } {
  const postmaster = readPostmaster(openClusterDirectory(join(directory.state, 'postgres')));
  if (postmaster === null) throw new Error('No PostgreSQL has run there.');
  return { pid: postmaster.pid, port: postmaster.port };
}
