import type { FastifyRequest } from 'fastify';
import type { AccessContext } from '../access/context.ts';
import type { DeploymentKeyring } from '../access/ports.ts';
import type { Identity } from '../core/identity.ts';
import type { RecordingFiles } from '../recording/storage/find-recording.ts';
import type { WatchLimits } from './live/watches.ts';
import type { SignInFacts } from './ports.ts';

/** What the routes of `/api/v1` are made of. */
export interface ApiDependencies {
  readonly access: AccessContext;
  /** Where recordings are kept, and what opens them. */
  readonly recording: RecordingFiles;
  readonly keyring: DeploymentKeyring;
  /** Null when no identity provider is configured. */
  readonly signInFacts: () => SignInFacts | null;
  /** The caller; routes that need one run only when there is one. */
  readonly callerOf: (request: FastifyRequest, options?: { readonly anew: boolean }) => Promise<Identity>;
  /** In place of the usual ones, for those who watch sessions. */
  readonly watchLimits?: Partial<WatchLimits>;
}
