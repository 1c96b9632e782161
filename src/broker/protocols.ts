/** The protocols that the broker speaks: a folder and a line here for each. */
import type { Socket } from 'node:net';
import type { EphemeralRoleDropper } from '../access/ports.ts';
import type { GrantView } from '../access/views.ts';
import type { PolicyDocument, Resource } from '../policies/document/schema.ts';
import { dropEphemeralRole } from './postgres/ephemeral-role.ts';
import { createPostgresService, preparePostgres } from './postgres/service.ts';
import type { BrokerServices } from './services.ts';
import { cryptoKind } from './ssh/algorithms.ts';
import { createSshService, prepareSsh } from './ssh/service.ts';

export interface Protocol {
  /** Where clients connect, from the document. */
  readonly address: (document: PolicyDocument) => string;
  /** The setting that `address` reads. */
  readonly setting: string;
  /** Whether anything in the document can be reached by it. */
  readonly isNeeded: (document: PolicyDocument) => boolean;
  /** What an operator wants to know of it, in the log of the start. */
  readonly facts?: () => Readonly<Record<string, string>>;
  /**
   * Made once for each listener.
   * @returns what serves one accepted socket, until it is closed; it never throws
   */
  readonly createService: (services: BrokerServices) => (socket: Socket) => Promise<void>;
  /** Makes what a grant needs on its target, and checks that the target answers. Idempotent. */
  readonly prepare: (
    services: BrokerServices,
    target: { resource: Resource; role: string; grant: GrantView },
  ) => Promise<void>;
  /** Where grants have logins of their own. @throws AppError `upstream_failed` */
  readonly dropEphemeralRole?: (
    services: BrokerServices,
    role: Parameters<EphemeralRoleDropper['dropEphemeralRole']>[0],
  ) => Promise<void>;
}

export type ProtocolName = Resource['kind'];

export const PROTOCOLS = {
  postgres: {
    address: (document) => document.broker.postgres.address,
    setting: 'broker.postgres.address',
    isNeeded: () => true,
    createService: createPostgresService,
    prepare: preparePostgres,
    dropEphemeralRole,
  },
  ssh: {
    address: (document) => document.broker.ssh.address,
    setting: 'broker.ssh.address',
    isNeeded: (document) => document.resources.some(({ kind }) => kind === 'ssh'),
    facts: () => ({ crypto: cryptoKind() }),
    createService: createSshService,
    prepare: prepareSsh,
  },
} as const satisfies Readonly<Record<ProtocolName, Protocol>>;
