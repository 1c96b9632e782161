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
  key: { name: string; publicKeyPem: string; sealedPrivateKey: Buffer; createdAt: Date },
): Promise<void> {
  await db.upsert(DeploymentKeyRow, key, { onConflictFields: ['name'], onConflictAction: 'ignore' });
}
