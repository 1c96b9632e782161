/** SSH as one of the broker's protocols: what serves an accepted socket, and what checks a target. */
import type { Socket } from 'node:net';
import type { GrantView } from '../../access/views.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Resource } from '../../policies/document/schema.ts';
import { destinationOf } from '../../policies/rules/decide-forward.ts';
import { deriveKey } from '../secret-keys.ts';
import type { BrokerServices } from '../services.ts';
import { openClient } from './client-connection.ts';
import { brokerHostKey } from './host-key.ts';
import { authenticate } from './login/authenticate.ts';
import { FailuresByAddress } from './login/failures-by-address.ts';
import { runProxiedSession, type SharedParts } from './proxied-session.ts';
import { checkTarget } from './target/connect.ts';

/** For the identification and the keys; a client that says nothing is closed after it. */
const HANDSHAKE_MS_MAX = 10_000;

export function createSshService(services: BrokerServices): (socket: Socket) => Promise<void> {
  const { logger, access } = services;
  const hostKey = brokerHostKey(services.secretKey);
  const failures = new FailuresByAddress(services.monotonic);
  const shared: SharedParts = {
    hashKey: deriveKey(services.secretKey, { use: 'mask hash v1' }),
    brokerAddresses: () => {
      const { postgres, ssh } = access.policy.current().document.broker;
      const { settings } = access;
      const known = [settings.postgres, settings.ssh].map(({ host, port }) => destinationOf({ host, port }));
      return [postgres.address, ssh.address, ...known];
    },
  };
  return async (socket) => {
    const clientAddress = socket.remoteAddress ?? '';
    const deadline = setTimeout(() => socket.destroy(), HANDSHAKE_MS_MAX);
    try {
      const client = await openClient(socket, {
        hostKey,
        onFault: (error) => logger.debug({ clientAddress, problem: error.message }, 'a client broke SSH'),
      });
      if (client === null) return;
      client.connection.once('authentication', () => clearTimeout(deadline));
      const admission = await authenticate({ services, client, clientAddress, failures });
      if (admission !== null) await runProxiedSession(services, admission, shared);
    } catch (error) {
      logger.error({ clientAddress, problem: messageOf(error) }, 'serving a connection failed');
      socket.destroy();
    } finally {
      clearTimeout(deadline);
    }
  };
}

/**
 * Logs in to the target as the role would, and out again.
 * @throws AppError `upstream_failed` that says what is wrong without a secret; `not_found` for an unknown role
 */
export async function prepareSsh(
  services: BrokerServices,
  target: { resource: Resource; role: string; grant: GrantView },
): Promise<void> {
  const { resource, role } = target;
  const { readSecret } = services.access.settings;
  if (resource.kind !== 'ssh') throw new AppError('internal', `${resource.name} is not a host.`);
  if (!Object.hasOwn(resource.roles, role))
    throw new AppError('not_found', `The role ${role} of ${resource.name} is no longer configured.`);
  const { username, password, privateKey } = resource.credential;
  if (password === undefined && privateKey === undefined) {
    throw new AppError(
      'config_invalid',
      `Neither a password nor a private key is configured for ${resource.name}.`,
    );
  }
  await checkTarget({
    resource,
    credential: {
      username,
      password: password === undefined ? null : readSecret(password),
      privateKey: privateKey === undefined ? null : readSecret(privateKey),
    },
  });
}
