/**
 * The shape of `sallyport.yaml`. Everything the design names is accepted here; what no part of the
 * product acts on yet is then refused by `availability.ts`, so nothing is ever silently ignored.
 *
 * Durations are written as text and come out in milliseconds. Every object is strict: a misspelt key
 * is a problem, not a comment.
 */
import { z } from 'zod';
import { parseDuration } from '../../core/duration.ts';
import { messageOf } from '../../core/errors.ts';
import { EFFECTS } from '../../core/statement.ts';

const NAME = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name: letters, digits, dot, dash, underscore; at most 63');
const TEXT = z.string().min(1).max(2_000);
const GROUP = z.string().min(1).max(200);

const DURATION = z
  .string()
  .meta({ description: 'A duration: 90s, 30m, 1h30m, 2d', examples: ['1h'] })
  .transform((text, context): number => {
    try {
      return parseDuration(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

/** host:port; IPv6 in brackets. */
const ADDRESS = z
  .string()
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253}):\d{1,5}$/, 'host:port')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port up to 65535');

export const SECRET_REFERENCE = z
  .union([
    z.strictObject({ env: z.string().min(1).max(200) }),
    z.strictObject({ file: z.string().min(1).max(1_000) }),
    z.strictObject({ exec: z.array(z.string()).min(1).max(50) }),
    z.strictObject({ vault: z.string().min(1).max(1_000), field: z.string().optional() }),
  ])
  .meta({ description: 'Where a secret is found. A secret is never written in this file.' });
export type SecretReference = z.output<typeof SECRET_REFERENCE>;

const CREDENTIAL = z.strictObject({
  username: z.string().min(1).max(200),
  password: SECRET_REFERENCE.optional(),
  privateKey: SECRET_REFERENCE.optional(),
});

const LABELS = z.record(NAME, z.string().max(200));

const UPSTREAM_TLS = z
  .strictObject({
    mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']),
    ca: z.string().min(1).max(1_000).optional(),
    certificate: z.string().min(1).max(1_000).optional().meta({
      description: 'A PEM file with the certificate that Sallyport shows the target',
    }),
    key: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: "A PEM file with the certificate's key" }),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    message: 'a client certificate needs both certificate and key',
  })
  .refine(({ mode, certificate }) => mode !== 'disable' || certificate === undefined, {
    message: 'a client certificate needs TLS: set mode to verify-full',
  });

const PASSWORD_METHOD = z.enum(['scram-sha-256', 'md5', 'cleartext']);

const EFFECT = z.enum(EFFECTS);
const ALLOWED = z.array(z.enum(['all', ...EFFECTS])).max(EFFECTS.length + 1);

const DATABASE_ROLE = z.strictObject({
  allow: z.union([z.literal('all'), ALLOWED]).meta({
    description:
      'Effects of statements. all means every effect but role-admin, server-file, copy-program and unknown; a role that should have one of the first three lists it: [all, role-admin]',
  }),
  functions: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^[^.]+\.[^.]+$/, 'schema.name'),
    )
    .max(500)
    .optional()
    .meta({
      description:
        "Functions of the database's own that may be called without the effect call: schema.name, with * for any characters",
    }),
  readOnly: z
    .boolean()
    .optional()
    .meta({ description: 'Connects only with a login that cannot write, and keeps transactions read-only' }),
  credential: CREDENTIAL.optional(),
  ephemeralRole: z
    .strictObject({
      memberOf: z
        .array(NAME)
        .min(1)
        .max(20)
        .meta({ description: 'Roles of the target; what the login leaves behind goes to the first' }),
    })
    .optional()
    .meta({ description: "Each grant gets a login of its own, made and dropped by the role's credential" }),
});

const POSTGRES_RESOURCE = z.strictObject({
  name: NAME,
  kind: z.literal('postgres'),
  address: ADDRESS,
  database: z.string().min(1).max(63),
  credential: CREDENTIAL,
  tls: UPSTREAM_TLS.default({ mode: 'verify-full' }),
  passwordMethods: z.array(PASSWORD_METHOD).min(1).max(3).optional().meta({
    description:
      'How the target may be shown the password; scram-sha-256 when left out. With md5 or cleartext, a target that was taken over can ask for the password',
  }),
  labels: LABELS.default({}),
  sessionsMax: z.int().min(1).max(1_000).default(20).meta({ description: 'Live sessions under one grant' }),
  roles: z.record(NAME, DATABASE_ROLE),
});

const SSH_RESOURCE = z.strictObject({
  name: NAME,
  kind: z.literal('ssh'),
  address: ADDRESS,
  hostKey: z.string().min(1).max(2_000),
  credential: CREDENTIAL,
  labels: LABELS.default({}),
  roles: z.record(
    NAME,
    z.strictObject({
      shell: z.enum(['exec', 'guided', 'raw']).optional(),
      programs: z.array(z.string().min(1).max(200)).max(500).optional(),
    }),
  ),
});

const RESOURCE = z.discriminatedUnion('kind', [POSTGRES_RESOURCE, SSH_RESOURCE]);

const SELECTOR = z.strictObject({
  kind: z.enum(['postgres', 'ssh']).optional(),
  name: NAME.optional(),
  labels: LABELS.optional(),
});

const APPROVAL_VOTES = z.strictObject({
  from: z
    .array(z.strictObject({ group: GROUP, count: z.int().min(1).max(20).default(1) }))
    .min(1)
    .max(20),
  within: DURATION.default(3_600_000),
  remindAfter: DURATION.optional(),
  escalateTo: z.strictObject({ group: GROUP, after: DURATION }).optional(),
});

const ACCESS_POLICY = z.strictObject({
  name: NAME,
  who: z.strictObject({
    groups: z.array(GROUP).max(50).optional(),
    workloads: z.array(NAME).max(50).optional(),
    when: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .meta({ description: 'A CEL condition over request and user' }),
  }),
  to: SELECTOR,
  roles: z.array(NAME).min(1).max(50),
  maxDuration: DURATION.default(3_600_000),
  approval: z.union([z.literal('auto'), APPROVAL_VOTES]),
});

const COMMAND_RULE = z.strictObject({
  name: NAME,
  on: SELECTOR,
  match: z.strictObject({
    effects: z.array(EFFECT).min(1).max(EFFECTS.length).optional(),
    missingWhere: z.literal(true).optional(),
    relations: z.array(z.string().min(1).max(200)).min(1).max(200).optional(),
    rowsOver: z.int().min(1).optional(),
    bytesOver: z.int().min(1).optional(),
    per: z
      .enum(['statement', 'session', 'grant'])
      .optional()
      .meta({ description: 'What rowsOver and bytesOver count over; a statement when left out' }),
    programs: z.array(z.string().min(1).max(200)).min(1).max(500).optional(),
  }),
  action: z.enum(['deny', 'review', 'stop']),
  message: TEXT.optional(),
  approval: APPROVAL_VOTES.optional(),
});

const MASK_WITH = z.union([
  z.enum(['redact', 'null', 'hash']),
  z.strictObject({ keepLast: z.int().min(1).max(64) }),
  z.strictObject({ keepFirst: z.int().min(1).max(64) }),
]);
export type MaskWith = z.output<typeof MASK_WITH>;

const COLUMN_PATTERN = z
  .string()
  .max(200)
  .regex(
    /^(?:\*|[^.*\s]+)\.(?:\*|[^.*\s]+)\.(?:\*|[^.*\s]+)$/,
    'schema.table.column, with * for any schema, table or column',
  );

const MASK = z.strictObject({
  name: NAME,
  on: SELECTOR.optional(),
  columns: z.array(COLUMN_PATTERN).min(1).max(500).optional(),
  detect: z.array(z.string().min(1).max(100)).min(1).max(50).optional(),
  with: MASK_WITH,
  whenFiltered: z
    .enum(['deny', 'equality', 'review', 'allow'])
    .optional()
    .meta({ description: 'What a condition on a masked column is: denied when left out' }),
  approval: APPROVAL_VOTES.optional().meta({ description: 'Who decides where whenFiltered is review' }),
});

const WORKLOAD = z.strictObject({
  name: NAME,
  owner: z.email(),
  issuer: z.url(),
  claims: z.record(z.string().min(1).max(200), z.string().max(1_000)),
});

const IDENTITY = z.strictObject({
  oidc: z
    .strictObject({
      issuer: z.url(),
      clientId: z.string().min(1).max(200),
      clientSecret: SECRET_REFERENCE.optional(),
      audience: z.string().min(1).max(500).optional().meta({
        description: 'The audience an access token must name; the public URL of Sallyport when left out',
      }),
      scopes: z.string().min(1).max(500).default('openid profile email'),
      groupsClaim: z.string().min(1).max(200).default('groups'),
      groupsMaxAge: DURATION.default(43_200_000),
      clockTolerance: DURATION.default(30_000),
    })
    .optional(),
});

const CHAT = z.strictObject({
  approvals: NAME.default('access').meta({
    description: 'Channel for requests that were not made in a channel',
  }),
  audit: NAME.default('access-audit').meta({
    description: 'Channel for sessions that belong to no incident',
  }),
  web: z
    .strictObject({ channels: z.array(NAME).min(1).max(200).default(['access', 'access-audit']) })
    .optional(),
  slack: z.looseObject({ mode: z.enum(['socket', 'http']) }).optional(),
  teams: z.looseObject({ appId: z.string(), tenantId: z.string() }).optional(),
});

const SERVER = z.strictObject({
  address: ADDRESS.default('127.0.0.1:7180'),
  publicUrl: z
    .url()
    .optional()
    .meta({ description: 'How browsers reach the pages; http://ADDRESS when left out' }),
});

const BROKER = z.strictObject({
  postgres: z
    .strictObject({
      address: ADDRESS.default('127.0.0.1:6432'),
      publicHost: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .meta({ description: 'The host name put into connection strings' }),
      tls: z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }).optional(),
    })
    .prefault({}),
  connectionsMax: z.int().min(1).max(100_000).default(1_000),
  statementBytesMax: z.int().min(1_024).max(67_108_864).default(1_048_576),
});

const RECORDING = z.strictObject({
  directory: z.string().min(1).max(1_000).default('.sallyport/recordings'),
  sync: z.union([z.literal('strict'), DURATION]).default(100),
  rowsPerStatementMax: z.int().min(0).max(100_000).default(100),
});

/** Who may change what is written here, other than by the server's own file. */
const POLICY_CHANGES = z.strictObject({
  who: z
    .strictObject({
      groups: z.array(GROUP).max(50).default([]),
      workloads: z.array(NAME).max(50).default([]),
    })
    .prefault({})
    .meta({ description: 'May send another policy with sallyport policy apply; nobody when left out' }),
  approval: APPROVAL_VOTES.optional().meta({
    description:
      "Who must agree before another policy comes into force, also one from a server's file; nobody when left out",
  }),
});

export const POLICY_DOCUMENT = z.strictObject({
  resources: z.array(RESOURCE).max(5_000).default([]),
  access: z.array(ACCESS_POLICY).max(2_000).default([]),
  rules: z.array(COMMAND_RULE).max(2_000).default([]),
  masks: z.array(MASK).max(2_000).default([]),
  workloads: z.array(WORKLOAD).max(2_000).default([]),
  identity: IDENTITY.default({}),
  chat: CHAT.prefault({}),
  incidents: z
    .strictObject({ channels: z.array(z.string().min(1).max(100)).max(50).default(['inc-*']) })
    .prefault({}),
  oversight: z
    .strictObject({
      groups: z.array(GROUP).max(50).default([]).meta({ description: 'May read every session and end any' }),
    })
    .prefault({}),
  policy: POLICY_CHANGES.prefault({}),
  server: SERVER.prefault({}),
  broker: BROKER.prefault({}),
  recording: RECORDING.prefault({}),
});

export type PolicyDocument = z.output<typeof POLICY_DOCUMENT>;
export type Resource = PolicyDocument['resources'][number];
export type PostgresResource = Extract<Resource, { kind: 'postgres' }>;
export type DatabaseRole = PostgresResource['roles'][string];
export type Selector = z.output<typeof SELECTOR>;
export type ApprovalVotes = z.output<typeof APPROVAL_VOTES>;
export type AccessPolicy = PolicyDocument['access'][number];
export type CommandRule = PolicyDocument['rules'][number];
export type Mask = PolicyDocument['masks'][number];
