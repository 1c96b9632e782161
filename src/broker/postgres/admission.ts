/**
 * From an accepted socket to an authorized session: transport, start-up packet, secret, database, right.
 * What is wrong is told in PostgreSQL's own error frame, and nothing of it before it is safe to tell.
 */
import type { Socket } from 'node:net';
import {
  authorizeConnection,
  type ConnectionAnswer,
  lookUpVerifier,
} from '../../access/authorize-connection.ts';
import type { GrantView } from '../../access/views.ts';
import { AppError } from '../../core/errors.ts';
import { isLoopback } from '../address.ts';
import type { BrokerServices } from '../services.ts';
import { authenticateClient } from './client-authentication.ts';
import type { ClientStart } from './client-start.ts';
import { encodeNegotiateProtocolVersion, PROTOCOL_MINOR_NEWEST } from './codec/startup.ts';
import type { ServerTls } from './server-tls.ts';
import { chooseStartParameters, type StartParameters } from './start-parameters.ts';

export interface Admission {
  readonly socket: Socket;
  readonly answer: Extract<ConnectionAnswer, { authorized: true }>;
  readonly start: StartParameters;
  /** Minor protocol version that the client and we agreed on. */
  readonly minor: number;
  readonly clientAddress: string;
  /** Monotonic time at which the store was asked. */
  readonly askedAtMs: number;
}

/**
 * @throws AppError with the SQLSTATE to answer in `context.sqlState`
 */
export async function admit(
  client: Extract<ClientStart, { kind: 'startup' }>,
  options: {
    readonly services: BrokerServices;
    readonly tls: ServerTls;
    readonly mockKey: Uint8Array;
    readonly clientAddress: string;
  },
): Promise<Admission> {
  const { socket, startup, encrypted } = client;
  const { access, replica, monotonic } = options.services;
  if (!encrypted && !isLoopback(options.clientAddress))
    throw refused(
      '28000',
      'Sallyport accepts encrypted connections only. Add sslmode=require to your connection string',
    );
  const handle = startup.parameters.get('user') ?? '';
  if (handle === '')
    throw refused('28000', 'The start-up packet names no user. The user is the handle of your grant');
  const start = chooseStartParameters(startup.parameters);
  const minor = Math.min(startup.minor, PROTOCOL_MINOR_NEWEST);
  if (startup.minor > minor || start.unsupported.length > 0) {
    socket.write(encodeNegotiateProtocolVersion({ minor, unsupported: start.unsupported }));
  }
  await authenticateClient(socket, {
    handle,
    lookUpVerifier: (known) => lookUpVerifier(access, { handle: known }),
    random: access.random,
    mockKey: options.mockKey,
    certificateHash: encrypted ? options.tls.certificateHash : null,
  });
  const named = startup.parameters.get('database') ?? handle;
  const askedAtMs = monotonic();
  const answer = await authorizeConnection(access, {
    handle,
    kind: 'postgres',
    clientAddress: options.clientAddress,
    application: start.application,
    replica,
    check: ({ grant, database }) => checkDatabase({ named, grant, database }),
  });
  if (!answer.authorized) throw refused('28000', `Access was refused: ${answer.reason}`);
  return { socket, answer, start, minor, clientAddress: options.clientAddress, askedAtMs };
}

/** A grant is for one database; the name that the client gives must not suggest that it reached another. */
function checkDatabase(options: { named: string; grant: GrantView; database: string }): void {
  const { named, grant, database } = options;
  if ([database, grant.resource, grant.id].includes(named)) return;
  throw refused(
    '3D000',
    `database "${named}" is not part of grant ${grant.id}. Write dbname=${database} (or ${grant.resource})`,
  );
}

function refused(sqlState: string, message: string): AppError {
  return new AppError('unauthenticated', message, { context: { sqlState } });
}
