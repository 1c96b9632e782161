/** The recordings of all that the drill did: sealed, whole, and the ones that the audit log names. */
import { followFrom, parsePublicKey, type TrustedKey } from '../../../recording/public-key.ts';
import { verifyRecording } from '../../../recording/verify.ts';
import { EVENT } from '../../../web/schemas/events.ts';
import { listOf } from '../../../web/schemas/fields.ts';
import type { Drill, DrillStep } from '../drill.ts';
import { eventually } from '../eventually.ts';
import { type Check, failedCheck, timedCheck, unknownCheck } from '../model.ts';

const RECORDING_BYTES_MAX = 64 * 1024 * 1024;
const KEY_BYTES_MAX = 1_000_000;

export const CHECK_RECORDINGS: DrillStep = {
  name: 'recordings',
  title: 'The recordings',
  expected: 'every one is sealed, verifies with the public key, and is the one that the audit log names',
  needsAccess: true,
  run: async (drill) => {
    const trusted = await trustedKey(drill);
    const since = performance.now();
    const named: Check = {
      what: 'recorded',
      verdict: 'passed',
      text:
        drill.plan.publicKeyPem === null
          ? `checked with the key that the deployment names, SHA-256 ${trusted.sha256}: compare it with the one you know`
          : `checked with your public key, SHA-256 ${trusted.sha256}`,
      afterMs: null,
    };
    const checks = drill.sessions.map((session) => verified(drill, { session, key: trusted, since }));
    return { checks: [named, ...checks], sessions: [...drill.sessions] };
  },
};

/** The operator's key and those that it endorsed; else the first that the deployment names, with its own. */
async function trustedKey(drill: Drill): Promise<TrustedKey> {
  const bundle = (await download(drill, '/keys/signing', KEY_BYTES_MAX)).toString('utf8');
  const { publicKeyPem } = drill.plan;
  if (publicKeyPem === null) return parsePublicKey(bundle);
  const given = parsePublicKey(publicKeyPem);
  return followFrom(given, bundle) ?? given;
}

async function verified(
  drill: Drill,
  of: { readonly session: string; readonly key: TrustedKey; readonly since: number },
): Promise<Check> {
  const { session, key, since } = of;
  const withinMs = drill.plan.limits.recordedMs;
  const seen = await eventually(
    async () => {
      const named = await headInLog(drill, session);
      if (named === null) return 'the audit log names no head of it: it is not sealed';
      const path = `/sessions/${encodeURIComponent(session)}/recording`;
      const bytes = await download(drill, path, RECORDING_BYTES_MAX);
      const { ok, headHex, problems } = await verifyRecording({ bytes, key });
      if (!ok) return { text: `it does not verify: ${problems[0]?.message ?? 'it is not whole'}`, ok };
      return headHex === named
        ? { text: `${session} verifies, head ${headHex?.slice(0, 16)}…, as the audit log says`, ok }
        : { text: 'the audit log names another head than it has', ok: false };
    },
    { since, withinMs, signal: drill.signal },
  );
  if (seen.found === null)
    return seen.barred
      ? unknownCheck('recorded', `${session} could not be looked at: ${seen.why}`)
      : failedCheck('recorded', `${session}: ${seen.why}`);
  const { text, ok } = seen.found;
  return ok
    ? timedCheck('recorded', { text, afterMs: seen.afterMs, withinMs })
    : failedCheck('recorded', `${session}: ${text}`);
}

async function headInLog({ overseer }: Drill, session: string): Promise<string | null> {
  const { items } = await overseer.get('/events', listOf(EVENT), { subject: session });
  const heads = items
    .filter(({ type }) => type === 'session.sealed' || type === 'session.ended')
    .map(({ data }) => data['recordingHead']);
  return heads.find((head) => typeof head === 'string') ?? null;
}

async function download({ overseer }: Drill, path: string, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of await overseer.download(path)) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(`it is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
