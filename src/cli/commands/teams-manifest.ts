import { writeFile } from 'node:fs/promises';
import { loadPolicy, policyFile } from '../../config.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { addLeafCommand, type RegisterCommand } from '../leaf-command.ts';
import { printableLine } from '../printable.ts';

interface ManifestArguments {
  readonly config?: string;
  readonly url?: string;
  readonly appVersion: string;
  readonly out: string;
  readonly json?: true;
}

/** `sallyport teams manifest`: the package that an administrator of Teams uploads. */
export const registerTeamsManifest: RegisterCommand = (parent, { terminal }) => {
  addLeafCommand(parent, {
    usage: 'manifest',
    summary: 'Write the package of the Teams app',
    examples: ['sallyport teams manifest', 'sallyport teams manifest --app-version 1.1.0 --out app.zip'],
  })
    .option('--config <file>', 'the configuration; as for `sallyport start`')
    .option('--url <url>', "where people find Sallyport; the configuration's public URL when left out")
    .option('--app-version <version>', 'higher than what was uploaded before', '1.0.0')
    .option('--out <file>', 'where to write it', 'sallyport-teams.zip')
    .action(async (options: ManifestArguments) => {
      const { teamsManifest, teamsPackage } = await import('../../bot/teams/manifest.ts');
      const manifest = manifestOptions(options);
      if (options.json) {
        terminal.print(JSON.stringify({ manifest: teamsManifest(manifest) }));
        return;
      }
      try {
        await writeFile(options.out, teamsPackage(manifest));
      } catch (error) {
        throw new AppError('invalid_input', `${options.out} cannot be written: ${messageOf(error)}`);
      }
      terminal.print(
        printableLine(
          `${options.out}: upload it in the Teams admin center, Teams apps, Manage apps, Upload new app.`,
        ),
      );
    });
};

function manifestOptions(options: ManifestArguments): { appId: string; publicUrl: URL; version: string } {
  const file = policyFile(options.config === undefined ? {} : { file: options.config });
  const { chat, server } = loadPolicy(file).document;
  if (chat.teams === undefined) {
    throw new AppError(
      'config_invalid',
      'Teams is not set up: add  chat: { teams: { appId: …, tenantId: … } }',
    );
  }
  const url = options.url ?? server.publicUrl ?? '';
  const publicUrl = URL.canParse(url) ? new URL(url) : null;
  if (publicUrl?.protocol !== 'https:') {
    throw new AppError(
      'config_invalid',
      'Teams takes https only: set server.publicUrl, or --url https://sallyport.example.com',
    );
  }
  if (!/^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(options.appVersion)) {
    throw new AppError('invalid_input', 'A version has three numbers: --app-version 1.1.0');
  }
  return { appId: chat.teams.appId, publicUrl, version: options.appVersion };
}
