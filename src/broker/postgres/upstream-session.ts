/**
 * The connection to a target under a role: which login it uses, how its transactions begin, and what must be
 * true of it before anything of the client's is forwarded.
 */
import type { DatabaseRole, PostgresResource } from '../../policies/document/schema.ts';
import { checkReadOnly, READ_ONLY_PARAMETERS } from './read-only.ts';
import { closeUpstream } from './session-end.ts';
import { openUpstream, type Upstream, type UpstreamCredential } from './upstream-login.ts';

/**
 * Logs in, and checks that the login of a read-only role cannot write.
 * @param options.parameters start-up parameters besides user and database
 * @throws AppError `upstream_failed` that says what is wrong without a secret
 */
export async function openRoleUpstream(options: {
  readonly resource: PostgresResource;
  readonly roleName: string;
  readonly role: DatabaseRole;
  readonly credential: UpstreamCredential;
  readonly parameters: ReadonlyMap<string, string>;
  readonly random: (bytes: number) => Uint8Array;
}): Promise<Upstream> {
  const { resource, roleName, role, credential, random } = options;
  const readOnly = role.readOnly === true;
  const parameters = new Map([...options.parameters, ...(readOnly ? READ_ONLY_PARAMETERS : [])]);
  const upstream = await openUpstream({ resource, credential, parameters, random });
  if (!readOnly) return upstream;
  try {
    await checkReadOnly(upstream.socket, { resource: resource.name, role: roleName });
    return upstream;
  } catch (error) {
    await closeUpstream(upstream, { busy: false });
    throw error;
  }
}
