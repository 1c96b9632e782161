import { spawn } from 'node:child_process';
import { ME } from '../../web/schemas/parties.ts';
import { SIGN_IN } from '../../web/schemas/sign-in.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { printableLine } from '../printable.ts';

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'xdg-open', darwin: 'open' };

/** `sallyport login`: signs in at the identity provider and keeps the tokens. */
export const registerLogin: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'login',
    summary: 'Sign in with your browser',
    examples: ['sallyport login', 'SALLYPORT_URL=https://access.example.com sallyport login --no-browser'],
  })
    .option('--no-browser', 'only print the address to open')
    .action(async (options: JsonOption & { browser: boolean }) => {
      const { terminal, server, credentials } = context;
      const facts = await context.publicApi.get('/auth', SIGN_IN);
      const { signInOverLoopback } = await import('../sign-in/loopback.ts');
      const credential = await signInOverLoopback({
        facts,
        show: (address) => {
          terminal.say(`Open this address in your browser and sign in:\n\n  ${address}\n`);
          if (options.browser && terminal.interactive) openBrowser(address);
        },
      });
      await credentials.write(server, credential);
      const me = await context.api.get('/me', ME);
      printOne(context, options, {
        answer: me,
        describe: () => printableLine(`You are signed in to ${server} as ${me.name} <${me.email}>.`),
      });
    });
};

/** A convenience: where no browser can be opened, the printed address does. */
function openBrowser(address: string): void {
  const opener = OPENERS[process.platform];
  if (opener === undefined) return;
  const child = spawn(opener, [address], { stdio: 'ignore', detached: true });
  child.once('error', () => undefined);
  child.unref();
}
