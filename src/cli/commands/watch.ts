import { AppError } from '../../core/errors.ts';
import { SESSION } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { follow } from '../watch/follow.ts';
import { openJsonLines, openStatements, openTerminalView, type WatchView } from '../watch/views.ts';

interface Options extends JsonOption {
  readonly statements?: true;
}

/** `sallyport watch`: a session as it happens, until it ends. */
export const registerWatch: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'watch <id>',
    summary: 'Watch a session that runs: its terminal in yours, else statement by statement',
    examples: [
      'sallyport watch s-4fd2k7qa',
      'sallyport watch s-4fd2k7qa --statements',
      `sallyport watch s-4fd2k7qa --json | jq -r '.entries[]?.text'`,
    ],
  })
    .option('--statements', 'statement by statement, also where a terminal could be shown')
    .action(async (id: string, options: Options) => {
      const { api, terminal } = context;
      const path = `/sessions/${encodeURIComponent(id)}`;
      const session = await api.get(path, SESSION);
      if (!session.live)
        throw new AppError(
          'conflict',
          `Session ${session.id} has ended. Replay it: sallyport replay ${session.id}`,
        );
      const leave = new AbortController();
      const ofHost = session.resourceKind === 'ssh';
      let view: WatchView;
      if (options.json) view = openJsonLines(terminal);
      else if (ofHost && terminal.shows && !options.statements)
        view = openTerminalView(terminal, { session, leave: () => leave.abort() });
      else view = openStatements(terminal, { session });
      try {
        await follow({ api, path: `${path}/live`, view, signal: leave.signal });
      } finally {
        await view.close();
      }
    });
};
