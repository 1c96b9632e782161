/**
 * What each server says for itself: the addresses it listens on and where its files lie. Everything else in the
 * document is shared by all of a deployment's servers, and is the policy in force.
 */
import type { PolicyDocument } from './schema.ts';

/** The document with these settings of another: of the file that the server itself was started with. */
export function withOwnSettings(document: PolicyDocument, own: PolicyDocument): PolicyDocument {
  const { tls: _shared, ...postgres } = document.broker.postgres;
  const { tls, address } = own.broker.postgres;
  return {
    ...document,
    server: { ...document.server, address: own.server.address },
    broker: {
      ...document.broker,
      postgres: { ...postgres, address, ...(tls === undefined ? {} : { tls }) },
      ssh: { ...document.broker.ssh, address: own.broker.ssh.address },
    },
    // A policy that somebody sends must not say what runs here, or who opens the root keys.
    keys: own.keys,
    recording: {
      ...document.recording,
      directory: own.recording.directory,
      // A policy that somebody sends must not say where recordings go.
      storage: own.recording.storage,
    },
  };
}

/** True when two documents say the same but for what each server says for itself. */
export function isSamePolicy(one: PolicyDocument, other: PolicyDocument): boolean {
  return JSON.stringify(withOwnSettings(one, other)) === JSON.stringify(withOwnSettings(other, other));
}
