/** The lines of an exported audit log: pure codec. docs/audit-log.md, "The export", is the specification. */
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import type { LoggedEvent } from './logged-event.ts';
import type { SignedHead } from './signed-head.ts';

export type LogLine =
  | { readonly kind: 'event'; readonly event: LoggedEvent }
  | { readonly kind: 'head'; readonly head: SignedHead };

const COUNT = z.int().min(1);
const SHA256 = z.string().regex(/^[0-9a-f]{64}$/);
/** One text for one instant, not before 1970. */
const INSTANT = z.string().refine((text) => {
  const ms = Date.parse(text);
  return ms >= 0 && new Date(ms).toISOString() === text;
});

const EVENT_LINE = z.strictObject({
  kind: z.literal('event'),
  sequence: COUNT,
  previousSha256: SHA256,
  sha256: SHA256,
  id: COUNT,
  at: INSTANT,
  type: z.string(),
  actorId: z.string().nullable(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
});

const HEAD_LINE = z.strictObject({
  kind: z.literal('head'),
  sequence: COUNT,
  sha256: SHA256,
  at: INSTANT,
  signingKeySha256: SHA256,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

const LINE = z.discriminatedUnion('kind', [EVENT_LINE, HEAD_LINE]);

/** Without the line feed at its end. */
export function formatLogLine(line: LogLine): string {
  return canonicalJson(
    line.kind === 'event' ? { kind: 'event', ...line.event } : { kind: 'head', ...line.head },
  );
}

/** @returns null for what no export writes, be it the same value in another notation */
export function parseLogLine(text: string): LogLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (canonicalJson(value) !== text) return null;
  } catch {
    return null;
  }
  const parsed = LINE.safeParse(value);
  if (!parsed.success) return null;
  if (parsed.data.kind === 'head') {
    const { kind, ...head } = parsed.data;
    return { kind, head };
  }
  const { kind, ...event } = parsed.data;
  return { kind, event };
}
