/** The command line in this process, with all that it wrote: half a second of each process is the start of Node. */

import { createContext } from '../../src/cli/context.ts';
import { runCli as runCommand } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { clientEnvironment } from '../../src/client-environment.ts';

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSurroundings {
  readonly url?: string;
  readonly token?: string;
  /** XDG_CONFIG_HOME. */
  readonly configHome?: string;
  /** Where relative paths begin. Of the whole process: not for two commands at a time with different ones. */
  readonly workingDirectory?: string;
  /** Called with everything on stderr so far, while the command runs. */
  readonly onStderr?: (text: string) => void;
}

const OWN_DIRECTORY = process.cwd();

/** Nobody sits at its terminal, and nothing is styled. */
export async function runCli(args: readonly string[], options: CliSurroundings = {}): Promise<CliResult> {
  const environment = clientEnvironment({
    XDG_CONFIG_HOME: options.configHome ?? '/nonexistent',
    ...(options.url === undefined ? {} : { SALLYPORT_URL: options.url }),
    ...(options.token === undefined ? {} : { SALLYPORT_TOKEN: options.token }),
  });
  const written = { stdout: '', stderr: '' };
  const terminal: Terminal = {
    print: (text) => {
      written.stdout += `${text}\n`;
    },
    say: (text) => {
      written.stderr += `${text}\n`;
      options.onStderr?.(written.stderr);
    },
    writeBytes: async (bytes) => {
      written.stdout += Buffer.from(bytes).toString('utf8');
    },
    progress: () => undefined,
    style: (_style, text) => text,
    columns: 80,
    interactive: false,
    shows: false,
    readKeys: () => ({ close: () => undefined }),
    confirm: () => Promise.reject(new Error('nobody can be asked')),
  };
  try {
    if (options.workingDirectory !== undefined) process.chdir(options.workingDirectory);
    const status = await runCommand(args, createContext({ terminal, environment }));
    return { status, ...written };
  } finally {
    process.chdir(OWN_DIRECTORY);
  }
}
