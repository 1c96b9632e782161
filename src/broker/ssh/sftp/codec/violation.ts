import { AppError } from '../../../../core/errors.ts';

/**
 * A packet that breaks the protocol. The channel that it came on is closed; nothing of it is forwarded. The text names
 * the packet and the fault, never the packet's content.
 */
export function violation(message: string): AppError {
  return new AppError('invalid_input', message);
}
