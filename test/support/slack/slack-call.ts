/** A call of Slack's Web API as it goes over the wire, and answers to it. */
import { z } from 'zod';

/** A call that the app under test made. */
export interface SlackCall {
  readonly method: string;
  /** Values that came as JSON texts are parsed. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What the app got for it; null when it got nothing. */
  answer: Readonly<Record<string, unknown>> | null;
}

export const RECORD = z.record(z.string(), z.unknown());

/** Reads the body of a call: form or JSON. */
export function parseArgs(body: string, contentType: string): Record<string, unknown> {
  if (contentType.includes('application/json')) return RECORD.parse(JSON.parse(body));
  const pairs = [...new URLSearchParams(body)].map(([key, value]): [string, unknown] => [key, parsed(value)]);
  return Object.fromEntries(pairs);
}

function parsed(value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A text of an object that was parsed, or the empty text. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  let at = value;
  for (const key of path) at = RECORD.safeParse(at).data?.[key];
  return typeof at === 'string' ? at : '';
}
