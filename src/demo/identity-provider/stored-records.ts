/**
 * Where the sample identity provider keeps its sessions, codes and refresh tokens: one small file, so
 * that a second start of the demo finds everybody still signed in. Fit for a handful of people.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { z } from 'zod';

const RECORDS = z.array(
  z.object({
    model: z.string(),
    id: z.string(),
    payload: z.record(z.string(), z.unknown()),
    /** Milliseconds since 1970, or null for never. */
    expiresAt: z.number().nullable(),
  }),
);
type StoredRecord = z.output<typeof RECORDS>[number];

const RECORDS_MAX = 2_000;
/** Every request ends with several writes; one file write serves them all. */
const WRITE_AFTER_MS = 200;

export interface RecordStore {
  readonly adapter: AdapterFactory;
  /** Writes what has not been written yet. */
  flush(): void;
}

/** @param file made when missing, mode 0600: it holds refresh tokens */
export function openRecordStore(file: string): RecordStore {
  let records = existsSync(file) ? RECORDS.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
  let writing: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (writing === null) return;
    clearTimeout(writing);
    writing = null;
    writeFileSync(file, JSON.stringify(records), { mode: 0o600 });
  };
  const change = (next: StoredRecord[]): void => {
    const now = Date.now();
    records = next
      .filter((record) => record.expiresAt === null || record.expiresAt > now)
      .slice(-RECORDS_MAX);
    writing ??= setTimeout(flush, WRITE_AFTER_MS).unref();
  };
  const find = (model: string, matches: (record: StoredRecord) => boolean): AdapterPayload | undefined => {
    const found = records.find((record) => record.model === model && matches(record));
    if (found === undefined || (found.expiresAt !== null && found.expiresAt <= Date.now())) return undefined;
    return found.payload;
  };

  const adapter = (model: string): Adapter => ({
    upsert: async (id, payload, expiresInSeconds) => {
      const expiresAt = expiresInSeconds === undefined ? null : Date.now() + expiresInSeconds * 1_000;
      const others = records.filter((record) => record.model !== model || record.id !== id);
      change([...others, { model, id, payload: { ...payload }, expiresAt }]);
    },
    find: async (id) => find(model, (record) => record.id === id),
    findByUid: async (uid) => find(model, (record) => record.payload['uid'] === uid),
    findByUserCode: async (userCode) => find(model, (record) => record.payload['userCode'] === userCode),
    consume: async (id) => {
      const payload = find(model, (record) => record.id === id);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1_000);
      change(records);
    },
    destroy: async (id) => change(records.filter((record) => record.model !== model || record.id !== id)),
    revokeByGrantId: async (grantId) =>
      change(records.filter((record) => record.payload['grantId'] !== grantId)),
  });
  return { adapter, flush };
}
