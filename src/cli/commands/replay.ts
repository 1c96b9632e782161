import { SESSION, TIMELINE } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { renderTimeline } from '../timeline.ts';

/** `sallyport replay`: every statement of a session with its verdict and the first masked rows. */
export const registerReplay: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'replay <id>',
    summary: 'Show what happened in a session, statement by statement',
    examples: ['sallyport replay s-4fd2k7qa | less -R', 'sallyport replay s-4fd2k7qa --json'],
  }).action(async (id: string, options: JsonOption) => {
    const { api, terminal } = context;
    const path = `/sessions/${encodeURIComponent(id)}`;
    const [session, timeline] = await Promise.all([
      api.get(path, SESSION),
      api.get(`${path}/timeline`, TIMELINE),
    ]);
    printOne(context, options, {
      answer: timeline,
      describe: (answer) => renderTimeline(terminal, { session, timeline: answer }),
    });
  });
};
