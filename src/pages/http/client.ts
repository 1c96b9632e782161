/**
 * JSON to and from our own server. The wire types are trusted here: pages and server are of one
 * build. A missing sign-in leaves for the login page and comes back to the same address.
 */
import type { Problem } from '../../web/wire.ts';
import { readJson } from './read-json.ts';

const LOGIN_TRIED_KEY = 'sallyport.loginTriedAt';
/** Back here without a session so soon after a login means that logging in again will not help. */
const LOGIN_LOOP_MS = 8_000;

/** An answer that is not success. `status` is 0 when there was no answer at all. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly code: string;

  constructor(failure: { status: number; code: string; message: string }) {
    super(failure.message);
    this.name = 'RequestFailed';
    this.status = failure.status;
    this.code = failure.code;
  }
}

/** @throws RequestFailed for every answer but success, and when there is none */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return send<T>(path, signal ? { signal } : {});
}

/**
 * Sends an act. `key` makes a repeated one recognisable to the server.
 * @throws RequestFailed for every answer but success, and when there is none
 */
export async function postJson<T>(path: string, body: unknown, key?: string): Promise<T> {
  return send<T>(path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-sallyport-csrf': '1',
      ...(key ? { 'idempotency-key': key } : {}),
    },
    body: JSON.stringify(body),
  });
}

/** A name for one act: 128 random bits. (randomUUID exists on secure origins only.) */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** Where signing in begins, to return to `place` afterwards. */
export function loginPath(place: string, options: { switchUser?: boolean } = {}): string {
  const prompt = options.switchUser ? 'prompt=select_account&' : '';
  return `/auth/login?${prompt}returnTo=${encodeURIComponent(place)}`;
}

/** Anything thrown, as a failure that can be shown. */
export function failureOf(error: unknown): RequestFailed {
  if (error instanceof RequestFailed) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new RequestFailed({ status: 0, code: 'internal', message });
}

async function send<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new RequestFailed({
      status: 0,
      code: 'unreachable',
      message: 'The server cannot be reached. Check the connection and try again.',
    });
  }
  if (response.status === 401) return leaveForLogin();
  if (!response.ok) return leaveForStepUp(await readProblem(response));
  sessionStorage.removeItem(LOGIN_TRIED_KEY);
  const text = await response.text();
  // An act may answer with nothing (204); its callers expect nothing then.
  return readJson(text || 'null');
}

async function readProblem(response: Response): Promise<Partial<Problem> & { readonly status: number }> {
  try {
    const problem: Partial<Problem> = readJson(await response.text());
    return { ...problem, status: response.status };
  } catch {
    return { status: response.status };
  }
}

/**
 * What needs a fresh sign-in goes on at its own page of ours.
 * @throws RequestFailed for every other problem
 */
function leaveForStepUp<T>(problem: Partial<Problem> & { readonly status: number }): Promise<T> {
  const target = problem.url === undefined ? null : URL.parse(problem.url, location.origin);
  if (problem.code === 'step_up_required' && target?.origin === location.origin) {
    location.assign(target.href);
    return new Promise(() => {});
  }
  const message = problem.detail || problem.title || `The server answered ${problem.status}.`;
  throw new RequestFailed({ status: problem.status, code: problem.code ?? 'internal', message });
}

function leaveForLogin<T>(): Promise<T> {
  const triedAt = Number(sessionStorage.getItem(LOGIN_TRIED_KEY) ?? 0);
  if (Date.now() - triedAt < LOGIN_LOOP_MS) {
    sessionStorage.removeItem(LOGIN_TRIED_KEY);
    throw new RequestFailed({
      status: 401,
      code: 'unauthenticated',
      message:
        'You came back from signing in without a session. Allow cookies for this address, then sign in again.',
    });
  }
  sessionStorage.setItem(LOGIN_TRIED_KEY, String(Date.now()));
  location.assign(loginPath(location.pathname + location.search + location.hash));
  // The page is being left: nothing that waits for this answer should go on.
  return new Promise(() => {});
}
