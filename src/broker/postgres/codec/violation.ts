import { AppError } from '../../../core/errors.ts';

/** SQLSTATE protocol_violation. */
export const PROTOCOL_VIOLATION = '08P01';

/**
 * A message that breaks the protocol. The connection that sent it is closed; nothing of it is forwarded.
 * The text names the message and the fault, never the message's content.
 */
export function violation(message: string): AppError {
  return new AppError('invalid_input', message, { context: { sqlState: PROTOCOL_VIOLATION } });
}
