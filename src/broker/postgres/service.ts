/** PostgreSQL as one of the broker's protocols: what serves an accepted socket, and what checks a target. */
import type { Socket } from 'node:net';
import type { GrantView } from '../../access/views.ts';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import type { Resource } from '../../policies/document/schema.ts';
import { deriveKey } from '../secret-keys.ts';
import type { BrokerServices } from '../services.ts';
import { admit } from './admission.ts';
import { CancelKeys } from './cancel-keys.ts';
import { readClientStart } from './client-start.ts';
import { LargeInspections } from './large-inspections.ts';
import { MaskCatalogs } from './mask-catalogs.ts';
import { faultProblem } from './problems.ts';
import { runProxiedSession } from './proxied-session.ts';
import { openServerTls } from './server-tls.ts';
import { closeClient } from './session-end.ts';
import { prepareRoleUpstream } from './upstream-session.ts';

/** For TLS, the start-up packet and the login together; a client that says nothing is closed after it. */
const ADMISSION_MS_MAX = 10_000;
const MOCK_KEY_BYTES = 32;

export function createPostgresService(services: BrokerServices): (socket: Socket) => Promise<void> {
  const { access, monotonic, logger } = services;
  const tls = openServerTls(services.tls);
  const mockKey = access.random(MOCK_KEY_BYTES);
  const cancelKeys = new CancelKeys({
    random: access.random,
    monotonic,
    replica: services.replica,
    digestKey: deriveKey(services.secretKey, { use: 'postgres cancel digest v1' }),
    forward: (message) => services.cancelRelay.forward(message),
  });
  const inspections = new LargeInspections();
  const hashKey = deriveKey(services.secretKey, { use: 'mask hash v1' });
  const maskCatalogs = new MaskCatalogs({ hashKey, random: access.random, monotonic });
  services.cancelRelay.onForwarded((message) => {
    cancelKeys
      .cancelForwarded(message)
      .catch((error: unknown) => logger.warn({ problem: messageOf(error) }, 'a forwarded cancel failed'));
  });

  return async (raw) => {
    const clientAddress = raw.remoteAddress ?? '';
    let transport = raw;
    const deadline = setTimeout(() => raw.destroy(), ADMISSION_MS_MAX);
    try {
      const onTransport = (socket: Socket): void => {
        transport = socket;
      };
      const start = await readClientStart(raw, { tls, onTransport });
      if (start.kind === 'cancel') {
        await cancelKeys.cancel(start.key, clientAddress);
        closeClient(start.socket, null);
        return;
      }
      const admission = await admit(start, { services, tls, mockKey, clientAddress });
      clearTimeout(deadline);
      await runProxiedSession(services, admission, { cancelKeys, inspections, maskCatalogs, hashKey });
    } catch (error) {
      // A peer that went away needs no answer, and is no fault of ours.
      if (isAppError(error, 'gone')) {
        raw.destroy();
        return;
      }
      logger.info({ clientAddress, problem: messageOf(error) }, 'refused a connection');
      closeClient(transport, faultProblem(error));
    } finally {
      clearTimeout(deadline);
    }
  };
}

/**
 * Makes the grant's own login where its role asks for one, logs in to the target as the role would, and out again.
 * @throws AppError `upstream_failed` that says what is wrong without a secret; `not_found` for an unknown role
 */
export async function preparePostgres(
  services: BrokerServices,
  target: { resource: Resource; role: string; grant: GrantView },
): Promise<void> {
  const { resource, role: roleName, grant } = target;
  const { access } = services;
  if (resource.kind !== 'postgres')
    throw new AppError('internal', `${resource.name} is not a PostgreSQL database.`);
  const role = Object.hasOwn(resource.roles, roleName) ? resource.roles[roleName] : undefined;
  if (role === undefined)
    throw new AppError('not_found', `The role ${roleName} of ${resource.name} is no longer configured.`);
  const { username, password } = role.credential ?? resource.credential;
  if (password === undefined)
    throw new AppError('config_invalid', `No password is configured for ${resource.name}.`);
  await prepareRoleUpstream(services, {
    grant,
    resource,
    roleName,
    role,
    credential: { username, password: access.settings.readSecret(password) },
    parameters: new Map([['application_name', 'sallyport']]),
  });
}
