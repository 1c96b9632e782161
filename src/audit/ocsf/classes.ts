/**
 * The classes of the Open Cybersecurity Schema Framework that our events become, version 1.8.0, and their activities.
 * See https://schema.ocsf.io/1.8.0/classes
 */
export const OCSF_VERSION = '1.8.0';

interface OcsfClass {
  readonly uid: number;
  readonly name: string;
  readonly category: { readonly uid: number; readonly name: string };
  /** Every class has 99, which is then named by the event. */
  readonly activities: Readonly<Record<number, string>>;
}

const FINDINGS = { uid: 2, name: 'Findings' };
const IDENTITY = { uid: 3, name: 'Identity & Access Management' };
const NETWORK = { uid: 4, name: 'Network Activity' };
const APPLICATION = { uid: 6, name: 'Application Activity' };

const PRIVILEGES = { 1: 'Assign Privileges', 2: 'Revoke Privileges' };

export const OCSF_CLASSES = {
  'detection-finding': {
    uid: 2004,
    name: 'Detection Finding',
    category: FINDINGS,
    activities: { 1: 'Create' },
  },
  'account-change': {
    uid: 3001,
    name: 'Account Change',
    category: IDENTITY,
    activities: { 1: 'Create', 6: 'Delete' },
  },
  authentication: { uid: 3002, name: 'Authentication', category: IDENTITY, activities: { 1: 'Logon' } },
  'authorize-session': {
    uid: 3003,
    name: 'Authorize Session',
    category: IDENTITY,
    activities: { 1: 'Assign Privileges' },
  },
  'entity-management': {
    uid: 3004,
    name: 'Entity Management',
    category: IDENTITY,
    activities: { 1: 'Create', 2: 'Read', 3: 'Update', 10: 'Activate', 11: 'Deactivate' },
  },
  'user-access': { uid: 3005, name: 'User Access Management', category: IDENTITY, activities: PRIVILEGES },
  'ssh-activity': {
    uid: 4007,
    name: 'SSH Activity',
    category: NETWORK,
    activities: { 1: 'Open', 2: 'Close' },
  },
  'api-activity': {
    uid: 6003,
    name: 'API Activity',
    category: APPLICATION,
    activities: { 2: 'Read', 3: 'Update' },
  },
  'datastore-activity': {
    uid: 6005,
    name: 'Datastore Activity',
    category: APPLICATION,
    activities: { 3: 'Connect' },
  },
} as const satisfies Readonly<Record<string, OcsfClass>>;
export type OcsfClassName = keyof typeof OCSF_CLASSES;

export const OTHER_ACTIVITY = 99;

/** @returns null for one that the class has no name for */
export function activityName(name: OcsfClassName, activity: number): string | null {
  const { activities }: OcsfClass = OCSF_CLASSES[name];
  return activities[activity] ?? null;
}

export const SEVERITIES = {
  informational: { id: 1, name: 'Informational' },
  low: { id: 2, name: 'Low' },
  medium: { id: 3, name: 'Medium' },
  high: { id: 4, name: 'High' },
  critical: { id: 5, name: 'Critical' },
} as const;
export type Severity = keyof typeof SEVERITIES;
