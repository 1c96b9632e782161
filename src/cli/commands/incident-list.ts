import { INCIDENT_PAGE } from '../../web/schemas/incidents.ts';
import { renderIncidents } from '../incident-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

interface Options extends JsonOption {
  readonly open?: true;
  readonly search?: string;
}

/** `sallyport incident list`: the incidents that there are, open ones first. */
export const registerIncidentList: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'list',
    summary: 'Show incidents: open ones first, then the one in which something happened last',
    examples: [
      'sallyport incident list',
      'sallyport incident list --open',
      'sallyport incident list --search checkout',
    ],
  })
    .option('--open', 'only those that were opened and not closed')
    .option('--search <text>', 'a part of the name or the title')
    .action(async (options: Options) => {
      const { api, terminal } = context;
      printOne(context, options, {
        answer: await api.get('/incidents', INCIDENT_PAGE, { open: options.open, search: options.search }),
        describe: (page) => renderIncidents(terminal, page),
      });
    });
};
