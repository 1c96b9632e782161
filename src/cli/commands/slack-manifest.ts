import { Option } from 'commander';
import { EVENTS_PATH, manifestYaml } from '../../bot/slack/manifest.ts';
import { AppError } from '../../core/errors.ts';
import { addLeafCommand, type RegisterCommand } from '../leaf-command.ts';

/** `sallyport slack manifest`: what to paste where Slack makes an app. */
export const registerSlackManifest: RegisterCommand = (parent, { terminal }) => {
  addLeafCommand(parent, {
    usage: 'manifest',
    summary: 'Print the manifest of the Slack app',
    examples: [
      'sallyport slack manifest',
      'sallyport slack manifest --mode http --url https://sallyport.example.com',
    ],
  })
    .addOption(
      new Option('--mode <mode>', 'how Slack and Sallyport talk')
        .choices(['socket', 'http'])
        .default('socket'),
    )
    .option('--url <url>', 'where Slack reaches Sallyport; for --mode http')
    .option('--rotate-tokens', 'tokens expire after 12 hours; Slack does not let this be switched off again')
    .action((options: { mode: 'socket' | 'http'; url?: string; rotateTokens?: true; json?: true }) => {
      const rotation = options.rotateTokens === true;
      const manifest = manifestYaml({ eventsUrl: eventsUrlOf(options), rotation });
      terminal.print(options.json ? JSON.stringify({ manifest }) : manifest.trimEnd());
    });
};

function eventsUrlOf({ mode, url }: { mode: 'socket' | 'http'; url?: string }): string | null {
  if (mode === 'socket') return null;
  if (url === undefined || !URL.canParse(url) || new URL(url).protocol !== 'https:') {
    throw new AppError('invalid_input', 'Slack calls https only: --url https://sallyport.example.com');
  }
  return new URL(EVENTS_PATH, url).href;
}
