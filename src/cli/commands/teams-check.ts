import { dirname } from 'node:path';
import { loadPolicy, policyFile, readSecret } from '../../config.ts';
import { systemClock } from '../../core/clock.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { PolicyDocument } from '../../policies/document/schema.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printFindings } from '../print-findings.ts';

/** `sallyport teams check`: asks Microsoft itself, with the password that the server would use, and changes nothing. */
export const registerTeamsCheck: RegisterCommand = (parent, { terminal }) => {
  addLeafCommand(parent, {
    usage: 'check',
    summary: 'Check password, keys and address of the Teams app',
    examples: ['sallyport teams check', 'sallyport teams check --config /etc/sallyport.yaml'],
  })
    .option('--config <file>', 'the configuration; as for `sallyport start`')
    .action(async (options: JsonOption & { config?: string }) => {
      const file = policyFile(options.config === undefined ? {} : { file: options.config });
      const findings = await check(loadPolicy(file).document, dirname(file));
      printFindings(terminal, findings, options);
    });
};

async function check(document: PolicyDocument, directory: string) {
  const { teams, approvals, audit } = document.chat;
  if (teams === undefined) {
    throw new AppError(
      'config_invalid',
      'Teams is not set up: add  chat: { teams: { appId: …, tenantId: … } }',
    );
  }
  const { checkTeams } = await import('../../bot/teams/check.ts');
  const { publicUrl, address } = document.server;
  return checkTeams(systemClock, {
    teams,
    appPassword: given(() => readSecret(teams.appPassword, { directory })),
    publicUrl: publicUrl ?? `http://${address}`,
    channels: [approvals, audit],
  });
}

function given<T>(read: () => T): { readonly value: T } | { readonly value: null; readonly why: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { value: null, why: messageOf(error) };
  }
}
