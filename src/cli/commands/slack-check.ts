import { dirname } from 'node:path';
import { checkSlack, type GivenSecret } from '../../bot/slack/check.ts';
import { EVENTS_PATH } from '../../bot/slack/manifest.ts';
import { loadPolicy, policyFile, readSecret } from '../../config.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { PolicyDocument, SecretReference } from '../../policies/document/schema.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printFindings } from '../print-findings.ts';

/** `sallyport slack check`: asks Slack itself, with the tokens that the server would use, and changes nothing. */
export const registerSlackCheck: RegisterCommand = (parent, { terminal }) => {
  addLeafCommand(parent, {
    usage: 'check',
    summary: 'Check tokens, scopes and channels of the Slack app',
    examples: ['sallyport slack check', 'sallyport slack check --config /etc/sallyport.yaml'],
  })
    .option('--config <file>', 'the configuration; as for `sallyport start`')
    .action(async (options: JsonOption & { config?: string }) => {
      const file = policyFile(options.config === undefined ? {} : { file: options.config });
      const findings = await check(loadPolicy(file).document, dirname(file));
      printFindings(terminal, findings, options);
    });
};

function check(document: PolicyDocument, directory: string): ReturnType<typeof checkSlack> {
  const { slack, approvals, audit } = document.chat;
  if (slack === undefined) {
    throw new AppError('config_invalid', 'Slack is not set up: add  chat: { slack: { mode: socket } }');
  }
  const { publicUrl, address } = document.server;
  return checkSlack({
    apiUrl: slack.apiUrl,
    mode: slack.mode,
    botToken: given(slack.botToken, directory),
    rotation:
      slack.rotation === undefined
        ? null
        : {
            clientId: slack.rotation.clientId,
            clientSecret: given(slack.rotation.clientSecret, directory),
            refreshToken: given(slack.rotation.refreshToken, directory),
          },
    appToken: given(slack.appToken, directory),
    signingSecret: given(slack.signingSecret, directory),
    eventsUrl: new URL(EVENTS_PATH, publicUrl ?? `http://${address}`).href,
    channels: [approvals, audit],
    workspaces: slack.workspaces ?? null,
  });
}

function given(reference: SecretReference, directory: string): GivenSecret {
  try {
    return { value: readSecret(reference, { directory }) };
  } catch (error) {
    return { value: null, why: messageOf(error) };
  }
}
