/** What each kind of sink is opened with: as in `sinks` of the policy, with the secrets that it refers to. */
import type { Secret } from '../../core/secret.ts';

/** PEM texts. */
export interface TlsFiles {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: Secret<string> | null;
}

interface Common {
  readonly timeoutMs: number;
  readonly tls: TlsFiles;
}

export interface WebhookSettings extends Common {
  readonly kind: 'webhook';
  readonly url: string;
  /** `whsec_…`; every message is signed with each of them. */
  readonly secrets: readonly Secret<string>[];
  /** `whsk_…` */
  readonly signingKey: Secret<string> | null;
  readonly eventsPerMessage: number;
}

export interface SplunkSettings extends Common {
  readonly kind: 'splunk-hec';
  readonly url: string;
  readonly token: Secret<string>;
  readonly index: string | null;
  readonly source: string;
  readonly sourcetype: string;
  readonly acknowledgedWithinMs: number;
}

export interface ElasticsearchSettings extends Common {
  readonly kind: 'elasticsearch';
  readonly url: string;
  readonly index: string;
  readonly credential:
    | { readonly apiKey: Secret<string> }
    | { readonly username: string; readonly password: Secret<string> }
    | null;
}

export interface SyslogSettings extends Common {
  readonly kind: 'syslog';
  readonly host: string;
  readonly port: number;
  /** False on this machine only. */
  readonly encrypted: boolean;
  readonly facility: number;
  readonly hostname: string;
  readonly messageBytesMax: number;
  readonly confirm: 'close' | 'written';
}

export interface OtlpSettings extends Common {
  readonly kind: 'otlp';
  readonly url: string;
  readonly token: Secret<string> | null;
}

export type OpenSettings =
  | WebhookSettings
  | SplunkSettings
  | ElasticsearchSettings
  | SyslogSettings
  | OtlpSettings;
