/**
 * The shape of `sallyport.yaml`. Everything the design names is accepted here; what no part of the
 * product acts on yet is then refused by `availability.ts`, so nothing is ever silently ignored.
 *
 * Durations are written as text and come out in milliseconds. Every object is strict: a misspelt key
 * is a problem, not a comment.
 */
import { z } from 'zod';
import { DATABASE_EFFECTS, EFFECTS } from '../../core/statement.ts';
import { ACCESS_POLICY } from './access-policy.ts';
import { APPROVAL_VOTES } from './approval.ts';
import { CHAT } from './chat.ts';
import { ADDRESS, DURATION, GROUP, LABELS, NAME, SECRET_REFERENCE, SELECTOR, TEXT } from './fields.ts';
import { KEYS } from './keys.ts';
import { ON_CALL_SCHEDULES, TICKET_LOOKUPS } from './lookups.ts';
import { RECORDING } from './recording.ts';
import { SHELL_ROLE } from './shell-role.ts';
import { ALERTS, SINKS } from './sinks.ts';

export type { AccessPolicy, AllowPolicy, Day, DenyPolicy, TicketTerms, Window } from './access-policy.ts';
export type { ApprovalVotes, SeatSource } from './approval.ts';
export type { SecretReference, Selector } from './fields.ts';
export type { OnCallSchedule, TicketLookup } from './lookups.ts';
export type { ShellRole } from './shell-role.ts';
export type { SinkSettings } from './sinks.ts';

const CREDENTIAL = z.strictObject({
  username: z.string().min(1).max(200),
  password: SECRET_REFERENCE.optional(),
  privateKey: SECRET_REFERENCE.optional(),
});

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
const ALLOWED = z.array(z.enum(['all', ...DATABASE_EFFECTS])).max(DATABASE_EFFECTS.length + 1);

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

const OWNERS = z
  .array(z.email().max(200))
  .max(50)
  .default([])
  .meta({ description: 'Who answers for the resource: the seat `owner: resource` is theirs' });

const EVIDENCE = z
  .strictObject({
    uploads: z.boolean().default(false).meta({
      description:
        "Whether a session's masked transcript may be posted into its thread in chat, where everybody in the channel reads it; otherwise each reader opens it themselves",
    }),
  })
  .prefault({});

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
  owners: OWNERS,
  evidence: EVIDENCE,
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
  owners: OWNERS,
  evidence: EVIDENCE,
  sessionsMax: z.int().min(1).max(1_000).default(20).meta({ description: 'Live sessions under one grant' }),
  roles: z.record(NAME, SHELL_ROLE),
});

const RESOURCE = z.discriminatedUnion('kind', [POSTGRES_RESOURCE, SSH_RESOURCE]);

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
    programs: z.array(z.string().min(1).max(200)).min(1).max(500).optional().meta({
      description:
        'Programs of a shell, with * for any characters, by the name without its directory. A guard rail: only a list of programs in a role is a limit',
    }),
    arguments: z.array(z.string().min(1).max(200)).min(1).max(500).optional().meta({
      description: 'Any argument of the same program, with * for any characters',
    }),
    paths: z
      .array(z.string().max(1_000).regex(/^[/*]/, 'a path from /, with * for any characters'))
      .min(1)
      .max(500)
      .optional()
      .meta({
        description:
          'Files that a command for a shell names. Links on the target are not known, so this is a guard rail too',
      }),
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
      sshKeysClaim: z.string().min(1).max(200).optional().meta({
        description: 'The claim that lists public keys of SSH: who shows one of them is this person',
      }),
      groupsMaxAge: DURATION.default(43_200_000),
      clockTolerance: DURATION.default(30_000),
    })
    .optional(),
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
  ssh: z
    .strictObject({
      address: ADDRESS.default('127.0.0.1:2222'),
      publicHost: z.string().min(1).max(253).optional().meta({
        description: 'The host name put into the commands that are shown',
      }),
      idleMax: DURATION.default(3_600_000).meta({
        description: 'A connection on which nothing moves, and nothing waits, ends after this',
      }),
    })
    .prefault({}),
  connectionsMax: z.int().min(1).max(100_000).default(1_000),
  statementBytesMax: z.int().min(1_024).max(67_108_864).default(1_048_576),
});

const FREEZE = z.strictObject({
  groups: z.array(GROUP).max(50).default([]).meta({
    description: 'May stop everything from being granted, and lift that again, as those in oversight may',
  }),
  token: SECRET_REFERENCE.optional().meta({
    description: 'Of an alerting system that may freeze and nothing else: at least 20 characters',
  }),
});

/** Who may change what is written here, other than by the server's own file. */
const POLICY_CHANGES = z.strictObject({
  who: z
    .strictObject({
      groups: z.array(GROUP).max(50).default([]),
      workloads: z.array(NAME).max(50).default([]),
    })
    .prefault({})
    .meta({
      description:
        'May send another policy with sallyport policy apply; nobody when left out. Without approval they are operators',
    }),
  approval: APPROVAL_VOTES.optional().meta({
    description:
      "Who must agree before another policy comes into force, also one from a server's file; nobody when left out",
  }),
  fileEditors: z
    .strictObject({
      groups: z.array(GROUP).max(50).default([]),
      people: z.array(z.email().max(200)).max(50).default([]),
    })
    .optional()
    .meta({
      description:
        "Who may edit the servers' files: they do not decide about a change that comes from one. Left out, two people have to agree to such a change",
    }),
});

const DELEGATION_MS_MAX = 31 * 86_400_000;
const DELEGATION_MS_DEFAULT = 14 * 86_400_000;

export const POLICY_DOCUMENT = z.strictObject({
  resources: z.array(RESOURCE).max(5_000).default([]),
  access: z.array(ACCESS_POLICY).max(2_000).default([]),
  rules: z.array(COMMAND_RULE).max(2_000).default([]),
  masks: z.array(MASK).max(2_000).default([]),
  workloads: z.array(WORKLOAD).max(2_000).default([]),
  tickets: TICKET_LOOKUPS,
  onCall: ON_CALL_SCHEDULES,
  delegation: z
    .strictObject({
      max: DURATION.refine((ms) => ms <= DELEGATION_MS_MAX, 'at most 31d')
        .default(DELEGATION_MS_DEFAULT)
        .meta({ description: 'The longest a vote may be delegated for' }),
    })
    .prefault({}),
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
  freeze: FREEZE.prefault({}),
  policy: POLICY_CHANGES.prefault({}),
  server: SERVER.prefault({}),
  broker: BROKER.prefault({}),
  keys: KEYS.prefault({}),
  recording: RECORDING.prefault({}),
  sinks: SINKS,
  alerts: ALERTS,
});

export type PolicyDocument = z.output<typeof POLICY_DOCUMENT>;
export type Resource = PolicyDocument['resources'][number];
export type PostgresResource = Extract<Resource, { kind: 'postgres' }>;
export type SshResource = Extract<Resource, { kind: 'ssh' }>;
export type DatabaseRole = PostgresResource['roles'][string];
export type CommandRule = PolicyDocument['rules'][number];
export type Mask = PolicyDocument['masks'][number];
