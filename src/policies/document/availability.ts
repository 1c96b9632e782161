/**
 * What the file may name but no part of the product acts on yet. Accepting such a setting would let
 * an operator believe in a protection that is not there, so each is refused by name.
 */
import type { Finding, Path } from './problems.ts';
import type { ApprovalVotes, PolicyDocument, PostgresResource, SecretReference } from './schema.ts';

interface Missing {
  readonly path: Path;
  readonly what: string;
}

/** Everything in the document that is not available yet. */
export function findUnavailable(document: PolicyDocument): Finding[] {
  return [
    ...document.resources.flatMap(missingInResource),
    ...document.rules.flatMap(({ approval }, index) =>
      missingInVotes(approval, 'a command', ['rules', index]),
    ),
    ...document.masks.flatMap(({ approval }, index) =>
      missingInVotes(approval, 'a command', ['masks', index]),
    ),
    ...missingInChat(document.chat),
    ...missingInKeys(document.keys),
    ...missingInStorage(document.recording.storage),
    ...document.sinks.flatMap(missingInSink),
    ...missingInVotes(document.policy.approval, 'a change of the policy', ['policy']),
  ].map(({ path, what }) => ({ path, message: `${what}: not available yet` }));
}

function missingInResource(resource: PolicyDocument['resources'][number], index: number): Missing[] {
  const base = ['resources', index];
  if (resource.kind === 'ssh') {
    const { password, privateKey } = resource.credential;
    return [
      ...missingInSecret(password, [...base, 'credential', 'password']),
      ...missingInSecret(privateKey, [...base, 'credential', 'privateKey']),
    ];
  }
  const found: Missing[] = missingInCredential(resource.credential, [...base, 'credential']);
  for (const [name, role] of Object.entries(resource.roles)) {
    const path = [...base, 'roles', name];
    if (role.credential !== undefined) {
      found.push(...missingInCredential(role.credential, [...path, 'credential']));
    }
  }
  return found;
}

function missingInCredential(credential: PostgresResource['credential'], base: Path): Missing[] {
  const found: Missing[] = [];
  if (credential.privateKey !== undefined) {
    found.push({ path: [...base, 'privateKey'], what: 'private keys as credentials of databases' });
  }
  return [...found, ...missingInSecret(credential.password, [...base, 'password'])];
}

/** What only a vote on a request for access knows. */
const MISSING_IN_OTHER_VOTES = {
  remindAfter: 'reminders',
  escalateTo: 'escalation',
  notFromGroups: 'separation of duties',
  stepUp: 'a fresh sign-in for a vote',
} as const;

/** @param about what is decided: `a command`, `a change of the policy` */
function missingInVotes(approval: ApprovalVotes | undefined, about: string, path: Path): Missing[] {
  return Object.entries(MISSING_IN_OTHER_VOTES).flatMap(([name, what]) =>
    approval?.[name as keyof ApprovalVotes] === undefined
      ? []
      : [{ path: [...path, 'approval', name], what: `${what} about ${about}` }],
  );
}

const SECRETS_OF_SINKS = ['secret', 'previousSecret', 'signingKey', 'token', 'apiKey', 'password'] as const;

function missingInChat({ slack, teams }: PolicyDocument['chat']): Missing[] {
  const found: Missing[] = [];
  for (const name of ['botToken', 'appToken', 'signingSecret'] as const) {
    found.push(...missingInSecret(slack?.[name], ['chat', 'slack', name]));
  }
  for (const name of ['clientSecret', 'refreshToken'] as const) {
    found.push(...missingInSecret(slack?.rotation?.[name], ['chat', 'slack', 'rotation', name]));
  }
  return [...found, ...missingInSecret(teams?.appPassword, ['chat', 'teams', 'appPassword'])];
}

/** Every kind of sink has secrets of its own. */
function missingInSink(sink: PolicyDocument['sinks'][number], index: number): Missing[] {
  return SECRETS_OF_SINKS.flatMap((name) => {
    const secret = name in sink ? (sink as Partial<Record<typeof name, SecretReference>>)[name] : undefined;
    return missingInSecret(secret, ['sinks', index, name]);
  });
}

function missingInStorage({ s3 }: PolicyDocument['recording']['storage']): Missing[] {
  const base = ['recording', 'storage', 's3', 'credentials'];
  return (['accessKeyId', 'secretAccessKey', 'sessionToken'] as const).flatMap((name) =>
    missingInSecret(s3?.credentials?.[name], [...base, name]),
  );
}

function missingInKeys(keys: PolicyDocument['keys']): Missing[] {
  return (['kms', 'previousKms'] as const).flatMap((name) => {
    const kms = keys[name];
    if (kms === undefined || 'command' in kms) return [];
    return missingInSecret(kms.transit.token, ['keys', name, 'transit', 'token']);
  });
}

function missingInSecret(secret: SecretReference | undefined, path: Path): Missing[] {
  const isMissing = secret !== undefined && ('exec' in secret || 'vault' in secret);
  return isMissing ? [{ path, what: 'secrets from exec or Vault' }] : [];
}
