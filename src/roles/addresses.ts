/** Where people and clients reach a deployment, by its policy. Where a process listens can be another place. */
import type { FastifyInstance } from 'fastify';
import { AppError, messageOf } from '../core/errors.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';

/** Without a slash at the end. */
export function publicUrlOf(document: PolicyDocument): string {
  return (document.server.publicUrl ?? `http://${document.server.address}`).replace(/\/+$/, '');
}

export function publicPostgres(document: PolicyDocument): { host: string; port: number } {
  const { address, publicHost } = document.broker.postgres;
  const { host, port } = splitAddress(address);
  return { host: publicHost ?? host, port };
}

export function publicSsh(document: PolicyDocument): { host: string; port: number } {
  const { address, publicHost } = document.broker.ssh;
  const { host, port } = splitAddress(address);
  return { host: publicHost ?? host, port };
}

/**
 * @param at `setting` is what to change when the address is taken
 * @throws AppError `unavailable` when nothing can listen there
 */
export async function listen(
  server: FastifyInstance,
  at: { readonly address: string; readonly what: string; readonly setting: string },
): Promise<void> {
  const { host, port } = splitAddress(at.address);
  try {
    await server.listen({ host: host.replace(/^\[|\]$/g, ''), port });
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const advice = inUse
      ? `Another program uses ${at.address}. Stop it, or set ${at.setting}.`
      : messageOf(error);
    throw new AppError('unavailable', `cannot listen for ${at.what}: ${advice}`, { cause: error });
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const split = address.lastIndexOf(':');
  return { host: address.slice(0, split), port: Number(address.slice(split + 1)) };
}
