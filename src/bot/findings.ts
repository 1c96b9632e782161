/** What a check of a platform's set-up finds, and what every such check looks at. */
import { messageOf } from '../core/errors.ts';

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, and when it is not good what to do. */
  readonly detail: string;
}

const ROUTE_TIMEOUT_MS = 10_000;

export function good(what: string, detail: string): Finding {
  return { what, ok: true, detail };
}

export function bad(what: string, detail: string): Finding {
  return { what, ok: false, detail };
}

/**
 * Calls a route of ours that platforms call, without their proof: our own server is recognised by its refusal.
 * @param refused whom or what it refuses, as the end of a sentence: `whoever has no token`
 * @returns null when it is ours, otherwise what is wrong
 */
export async function problemOfOwnRoute(url: string, refused: string): Promise<string | null> {
  try {
    const { status } = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(ROUTE_TIMEOUT_MS),
    });
    return status === 401
      ? null
      : `${url} answered with HTTP status ${status}, not with Sallyport's refusal of ${refused} (401).`;
  } catch (error) {
    return `${url} cannot be reached from here: ${messageOf(error)}. Is the server running?`;
  }
}
