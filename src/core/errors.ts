/**
 * The one error of the project. A denial is a value (`Verdict`), never an error; an `AppError` is a
 * fault or a refused operation with a stable code that the HTTP API, the CLI and chat all show.
 */

export type ErrorCode =
  | 'invalid_input'
  | 'config_invalid'
  | 'not_available_yet'
  | 'unauthenticated'
  | 'forbidden'
  | 'step_up_required'
  | 'not_found'
  | 'conflict'
  | 'frozen'
  | 'gone'
  | 'too_large'
  | 'rate_limited'
  | 'unavailable'
  | 'recording_failed'
  | 'upstream_failed'
  | 'internal';

/** Facts that help the reader of the error. Never a secret, never a statement's values. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | null>>;

export class AppError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; context?: ErrorContext } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.context = options.context ?? {};
  }
}

/** True for an `AppError`, of the given code when one is named. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The message of anything thrown, for wrapping it with what was being attempted. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const QUOTED_CHARACTERS_MAX = 300;

/** One line, of at most 300 characters, of what another service or program said. */
export function quoted(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, QUOTED_CHARACTERS_MAX);
}
