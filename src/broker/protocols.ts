/** The protocols that the broker speaks: a folder and a line here for each. */
import type { Socket } from 'node:net';
import type { PolicyDocument, Resource } from '../policies/document/schema.ts';
import { createPostgresService, preparePostgres } from './postgres/service.ts';
import type { BrokerServices } from './services.ts';

export interface Protocol {
  /** Where clients connect, from the document. */
  readonly address: (document: PolicyDocument) => string;
  /**
   * Made once for each listener.
   * @returns what serves one accepted socket, until it is closed; it never throws
   */
  readonly createService: (services: BrokerServices) => (socket: Socket) => Promise<void>;
  /** Checks that a grant's target answers with the role's credential. */
  readonly prepare: (services: BrokerServices, target: { resource: Resource; role: string }) => Promise<void>;
}

export const PROTOCOLS: Readonly<Record<'postgres', Protocol>> = {
  postgres: {
    address: (document) => document.broker.postgres.address,
    createService: createPostgresService,
    prepare: preparePostgres,
  },
};
