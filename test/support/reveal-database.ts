import type { AccessContext } from '../../src/access/context.ts';
import { revealConnection } from '../../src/access/reveal-connection.ts';
import type { RevealedDatabase } from '../../src/access/views.ts';
import type { Identity } from '../../src/core/identity.ts';

/** The connection of a grant on a database, as its holder gets it on the web page. */
export async function revealDatabase(
  context: AccessContext,
  input: { readonly grantId: string; readonly by: Identity },
): Promise<RevealedDatabase> {
  const revealed = await revealConnection(context, { ...input, platform: 'web' });
  if (revealed.kind !== 'postgres') throw new Error(`${input.grantId} is for a ${revealed.kind} resource`);
  return revealed;
}
