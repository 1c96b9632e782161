import { AppError, messageOf } from '../core/errors.ts';

/** `recording_failed`: the session must end. */
export function recordingFailure(sessionId: string, cause: unknown): AppError {
  return new AppError('recording_failed', `The recording cannot continue: ${messageOf(cause)}`, {
    cause,
    context: { sessionId },
  });
}
