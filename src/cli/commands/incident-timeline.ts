import { INCIDENT_TIMELINE } from '../../web/schemas/incidents.ts';
import { renderIncidentTimeline } from '../incident-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

interface Options extends JsonOption {
  readonly markdown?: true;
}

/** `sallyport incident timeline`: what was asked, decided and done in an incident. */
export const registerIncidentTimeline: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'timeline <incident>',
    summary: 'Show what was asked, decided and done in an incident',
    examples: [
      'sallyport incident timeline inc-42',
      'sallyport incident timeline inc-42 --markdown > inc-42.md',
    ],
  })
    .option('--markdown', 'the document that chat gets')
    .action(async (name: string, options: Options) => {
      const { api, terminal } = context;
      const path = `/incidents/${encodeURIComponent(name)}/timeline`;
      if (options.markdown === true) {
        const document = await api.download(path, { format: 'markdown' });
        for await (const chunk of document) await terminal.writeBytes(chunk);
        return;
      }
      printOne(context, options, {
        answer: await api.get(path, INCIDENT_TIMELINE),
        describe: (timeline) => renderIncidentTimeline(terminal, timeline),
      });
    });
};
