/** Entry point of the `sallyport` command; `bin/sallyport` starts it. */
import { clientEnvironment } from '../client-environment.ts';
import { createContext } from './context.ts';
import { runCli } from './program.ts';
import { openTerminal } from './terminal.ts';

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const context = createContext({ terminal: openTerminal(process), environment: clientEnvironment() });
process.exitCode = await runCli(process.argv.slice(2), context);
