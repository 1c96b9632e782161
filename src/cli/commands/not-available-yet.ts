import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';

/**
 * A command that the design names and nothing builds yet. It takes any arguments, says so and fails;
 * the help does not list it.
 */
export function registerUnavailable(parent: Command, name: string): void {
  parent
    .command(name, { hidden: true })
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(() => {
      throw new AppError('not_available_yet', `"sallyport ${name}" is not available yet.`);
    });
}
