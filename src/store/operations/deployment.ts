import { DeploymentKeyRow, PolicyVersionRow } from '../entities/deployment.ts';
import type { Database } from '../open-store.ts';

/** Keeps the text of every policy that was in force, once each. */
export async function savePolicyVersion(
  db: Database,
  policy: { version: string; document: string; createdAt: Date },
): Promise<void> {
  await db.upsert(PolicyVersionRow, policy, { onConflictFields: ['version'], onConflictAction: 'ignore' });
}

export async function findDeploymentKey(
  db: Database,
  options: { name: string },
): Promise<DeploymentKeyRow | null> {
  return db.findOne(DeploymentKeyRow, { name: options.name }, { disableIdentityMap: true });
}

/** The first one wins; a second insert under the name changes nothing. */
export async function insertDeploymentKey(
  db: Database,
  key: {
    readonly name: string;
    readonly publicKeyPem: string;
    readonly sealedPrivateKey: Buffer;
    readonly sealedBy: string;
    readonly createdAt: Date;
    /** Of a signing key that follows another. */
    readonly number?: number;
    readonly endorsement?: Buffer;
  },
): Promise<void> {
  const row = { number: 1, endorsement: null, ...key };
  await db.upsert(DeploymentKeyRow, row, { onConflictFields: ['name'], onConflictAction: 'ignore' });
}
