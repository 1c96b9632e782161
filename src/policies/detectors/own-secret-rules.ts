/** Keys that the other rule set does not know. */
import type { SecretRule } from './secret-rules.ts';

/** Between a name and its value: `=`, `:`, `=>`, quotes and spaces. */
const ASSIGNED = String.raw`["']?\s{0,5}(?:=|:|=>)\s{0,5}["']?`;

export const OWN_RULES: readonly SecretRule[] = [
  {
    name: 'aws-secret-key',
    group: 'aws-key',
    pattern: `(?i)(?:secret_access_key|secretaccesskey|secret_key|secretkey)${ASSIGNED}([a-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)`,
    prefixes: [],
    mentions: ['secret_access_key', 'secretaccesskey', 'secret_key', 'secretkey'],
    entropyMin: 3,
  },
  {
    name: 'anthropic-api-key',
    group: 'saas-key',
    pattern: String.raw`\b(sk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{80,120})`,
    prefixes: ['sk-ant-'],
    mentions: [],
    entropyMin: 3,
  },
  {
    name: 'openai-project-key',
    group: 'saas-key',
    pattern: String.raw`\b(sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200})`,
    prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-'],
    mentions: [],
    entropyMin: 3,
  },
  {
    name: 'gcp-oauth-client-secret',
    group: 'cloud-key',
    pattern: String.raw`\b(GOCSPX-[A-Za-z0-9_-]{28})`,
    prefixes: ['gocspx-'],
    mentions: [],
    entropyMin: 3,
  },
  {
    name: 'azure-storage-account-key',
    group: 'cloud-key',
    pattern: String.raw`(?i)(?:AccountKey|SharedAccessKey)\s{0,5}=\s{0,5}([A-Za-z0-9+/]{42,86}={1,2})`,
    prefixes: [],
    mentions: ['accountkey', 'sharedaccesskey'],
    entropyMin: 3,
  },
];
