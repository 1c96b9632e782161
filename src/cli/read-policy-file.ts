import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.ts';

/** The text of a policy file that is named on the command line. @throws AppError `not_found` */
export async function readPolicyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('not_found', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
