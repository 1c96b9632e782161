/** A sink as the policy describes it, with the secrets and files that it names, ready to be opened. */
import type { OpenSettings, TlsFiles } from '../../audit/sinks/settings.ts';
import type { Secret } from '../../core/secret.ts';
import type { SecretReference, SinkSettings } from '../../policies/document/schema.ts';
import type { AccessContext } from '../context.ts';

type Context = Pick<AccessContext, 'settings'>;

/** @throws AppError `unavailable` when a secret or a file is missing */
export function openSettings(context: Context, sink: SinkSettings): OpenSettings {
  const secret = (reference: SecretReference): Secret<string> => context.settings.readSecret(reference);
  const optional = (reference: SecretReference | undefined): Secret<string> | null =>
    reference === undefined ? null : secret(reference);
  const common = { timeoutMs: sink.timeout, tls: tlsFiles(context, sink.tls) };
  switch (sink.kind) {
    case 'webhook': {
      const previous = optional(sink.previousSecret);
      const secrets = [secret(sink.secret), ...(previous === null ? [] : [previous])];
      const { kind, url, eventsPerMessage } = sink;
      return { ...common, kind, url, eventsPerMessage, secrets, signingKey: optional(sink.signingKey) };
    }
    case 'splunk-hec': {
      const { kind, url, source, sourcetype, acknowledgedWithin } = sink;
      const about = { source, sourcetype, index: sink.index ?? null };
      return {
        ...common,
        kind,
        url,
        ...about,
        token: secret(sink.token),
        acknowledgedWithinMs: acknowledgedWithin,
      };
    }
    case 'elasticsearch':
      return {
        ...common,
        kind: sink.kind,
        url: sink.url,
        index: sink.index,
        credential: credentialOf(sink, secret),
      };
    case 'syslog':
      return { ...common, ...syslogSettings(context, sink) };
    case 'otlp':
      return { ...common, kind: sink.kind, url: sink.url, token: optional(sink.token) };
  }
}

function credentialOf(
  { apiKey, username, password }: Extract<SinkSettings, { kind: 'elasticsearch' }>,
  secret: (reference: SecretReference) => Secret<string>,
) {
  if (apiKey !== undefined) return { apiKey: secret(apiKey) };
  if (username === undefined || password === undefined) return null;
  return { username, password: secret(password) };
}

function syslogSettings({ settings }: Context, sink: Extract<SinkSettings, { kind: 'syslog' }>) {
  const { kind, address, facility, messageBytesMax, confirm, hostname, tls } = sink;
  const split = address.lastIndexOf(':');
  return {
    kind,
    host: address.slice(0, split).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(split + 1)),
    encrypted: tls.mode === 'verify-full',
    facility,
    hostname: hostname ?? new URL(settings.publicUrl).hostname,
    messageBytesMax,
    confirm,
  };
}

/** Relative to the configuration file, as secrets are. */
function tlsFiles(
  { settings }: Context,
  tls: { ca?: string | undefined; certificate?: string | undefined; key?: string | undefined },
): TlsFiles {
  const read = (file: string | undefined): Secret<string> | null =>
    file === undefined ? null : settings.readSecret({ file });
  return {
    ca: read(tls.ca)?.reveal() ?? null,
    certificate: read(tls.certificate)?.reveal() ?? null,
    key: read(tls.key),
  };
}
