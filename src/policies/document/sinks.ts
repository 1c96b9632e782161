/** Where the audit log is sent to, and what of it is told in chat. */
import { z } from 'zod';
import { ALERT_KINDS } from '../../core/alert.ts';
import { CHANNEL } from './chat.ts';
import { ADDRESS, DURATION, NAME, SECRET_REFERENCE } from './fields.ts';
import { HTTP_URL } from './lookups.ts';

const TIMEOUT_MS_MAX = 60_000;
const TIMEOUT_MS_DEFAULT = 10_000;
const PATH = z.string().min(1).max(1_000);

/** What every kind has. */
const COMMON = {
  name: NAME,
  from: z.enum(['head', 'start']).default('head').meta({
    description: 'Where a new sink begins: at what happens from now on, or at the first event of the log',
  }),
  timeout: DURATION.refine((ms) => ms > 0 && ms <= TIMEOUT_MS_MAX, 'at most 60s')
    .default(TIMEOUT_MS_DEFAULT)
    .meta({ description: 'How long one call may take' }),
};

const TLS_FILES = {
  ca: PATH.optional().meta({
    description:
      'A PEM file with the certificates that the receiver is checked against; the system’s when left out',
  }),
  certificate: PATH.optional().meta({ description: 'A PEM file with the certificate that is shown to it' }),
  key: PATH.optional().meta({ description: "A PEM file with the certificate's key" }),
};

const HTTP_TLS = z
  .strictObject(TLS_FILES)
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    message: 'a client certificate needs both certificate and key',
  })
  .prefault({});

const WEBHOOK = z.strictObject({
  ...COMMON,
  kind: z.literal('webhook'),
  url: HTTP_URL,
  secret: SECRET_REFERENCE.meta({ description: 'whsec_ and 24 to 64 bytes in base64: signs every message' }),
  previousSecret: SECRET_REFERENCE.optional().meta({
    description: 'Signs every message as well, while the receiver changes to the new one',
  }),
  signingKey: SECRET_REFERENCE.optional().meta({
    description:
      'whsk_ and an Ed25519 key in base64: signs as v1a, for receivers that hold the public key only',
  }),
  eventsPerMessage: z.int().min(1).max(500).default(100),
  tls: HTTP_TLS,
});

const SPLUNK = z.strictObject({
  ...COMMON,
  kind: z.literal('splunk-hec'),
  url: HTTP_URL.meta({ description: 'Of the HTTP Event Collector, such as https://splunk.example.com:8088' }),
  token: SECRET_REFERENCE,
  index: NAME.optional(),
  source: NAME.default('sallyport'),
  sourcetype: z
    .string()
    .regex(/^[A-Za-z0-9:._-]{1,200}$/)
    .default('sallyport:ocsf'),
  acknowledgedWithin: DURATION.default(120_000).meta({
    description: 'How long it may take until events of a token with indexer acknowledgement are indexed',
  }),
  tls: HTTP_TLS,
});

const ELASTICSEARCH = z
  .strictObject({
    ...COMMON,
    kind: z.literal('elasticsearch'),
    url: HTTP_URL,
    index: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,199}$/, 'a name in lower case')
      .meta({ description: 'An index, an alias or a data stream' }),
    apiKey: SECRET_REFERENCE.optional().meta({ description: 'The encoded key, as Elasticsearch shows it' }),
    username: z.string().min(1).max(200).optional(),
    password: SECRET_REFERENCE.optional(),
    tls: HTTP_TLS,
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    message: 'username and password need each other',
  })
  .refine(({ apiKey, username }) => apiKey === undefined || username === undefined, {
    message: 'one of apiKey and username',
  });

const LOOPBACK_ADDRESS = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]):/;

const SYSLOG = z
  .strictObject({
    ...COMMON,
    kind: z.literal('syslog'),
    address: ADDRESS.meta({ description: 'RFC 5424 over TLS (RFC 5425); the port is usually 6514' }),
    tls: z
      .strictObject({ mode: z.enum(['verify-full', 'disable']).default('verify-full'), ...TLS_FILES })
      .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
        message: 'a client certificate needs both certificate and key',
      })
      .prefault({}),
    facility: z.int().min(0).max(23).default(13).meta({ description: '13 is the audit log' }),
    hostname: z
      .string()
      .regex(/^[\x21-\x7e]{1,255}$/, 'printable ASCII without blanks')
      .optional()
      .meta({ description: 'The host of server.publicUrl when left out' }),
    messageBytesMax: z.int().min(2_048).max(1_048_576).default(65_536).meta({
      description: 'What the receiver takes; an event that is longer is put aside',
    }),
    confirm: z.enum(['close', 'written']).default('close').meta({
      description:
        'close: events count as delivered when the receiver has read the connection to its end; written: when the operating system has taken them, and a receiver that restarts may lose some',
    }),
  })
  .refine(({ tls, address }) => tls.mode === 'verify-full' || LOOPBACK_ADDRESS.test(address), {
    path: ['tls', 'mode'],
    message: 'TLS is needed, except for this machine itself',
  });

const OTLP = z.strictObject({
  ...COMMON,
  kind: z.literal('otlp'),
  url: HTTP_URL.meta({ description: 'Of the logs, such as https://otel.example.com:4318/v1/logs' }),
  token: SECRET_REFERENCE.optional().meta({ description: 'Sent as a bearer token' }),
  tls: HTTP_TLS,
});

const SINK = z.discriminatedUnion('kind', [WEBHOOK, SPLUNK, ELASTICSEARCH, SYSLOG, OTLP]);
export const SINKS = z.array(SINK).max(20).default([]);
export type SinkSettings = z.output<typeof SINK>;

export const ALERTS = z
  .strictObject({
    channel: CHANNEL.optional().meta({ description: 'Where alerts are posted; chat.audit when left out' }),
    on: z
      .array(z.enum(ALERT_KINDS))
      .min(1)
      .max(ALERT_KINDS.length)
      .default([...ALERT_KINDS])
      .meta({ description: 'What is told; everything when left out' }),
    groupFor: DURATION.refine((ms) => ms >= 60_000 && ms <= 86_400_000, 'from 1m to 1d')
      .default(600_000)
      .meta({ description: 'What happens again within this is counted in the same message' }),
    sinkBehind: DURATION.refine((ms) => ms >= 10_000, 'at least 10s')
      .default(300_000)
      .meta({ description: 'How old the first event may be that a sink has not taken' }),
  })
  .optional();
