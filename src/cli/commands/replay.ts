import { Option } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { AppError } from '../../core/errors.ts';
import { SESSION, type SessionAnswer, TIMELINE } from '../../web/schemas/sessions.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { printableLine } from '../printable.ts';
import { readCast } from '../replay/cast.ts';
import { play } from '../replay/play.ts';
import { renderTimeline } from '../timeline.ts';

const SPEED_MIN = 0.1;
const SPEED_MAX = 100;
const IDLE_DEFAULT = '2s';

interface Options extends JsonOption {
  readonly speed: string;
  readonly idleLimit: string;
  readonly channel?: string;
  readonly statements?: true;
}

/** `sallyport replay`: a terminal as it was, in a terminal; else every statement with its verdict and outcome. */
export const registerReplay: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'replay <id>',
    summary: 'Show what happened in a session: a terminal as it was, else statement by statement',
    examples: [
      'sallyport replay s-4fd2k7qa --speed 2',
      'sallyport replay s-4fd2k7qa --statements | less -R',
      'sallyport replay s-4fd2k7qa --json',
    ],
  })
    .addOption(new Option('--speed <factor>', 'of a terminal: 2 is twice as fast').default('1'))
    .addOption(
      new Option('--idle-limit <duration>', 'of a terminal: longer pauses are cut to this').default(
        IDLE_DEFAULT,
      ),
    )
    .option('--channel <number>', 'of a terminal: one of the session’s; all of them when left out')
    .option('--statements', 'statement by statement, also where a terminal could be played')
    .action(async (id: string, options: Options) => {
      const { api, terminal } = context;
      const path = `/sessions/${encodeURIComponent(id)}`;
      const session = await api.get(path, SESSION);
      if (isPlayed(session, { options, shows: terminal.shows }))
        return playSession(context, { path, options, session });
      const timeline = await api.get(`${path}/timeline`, TIMELINE);
      printOne(context, options, {
        answer: timeline,
        describe: (answer) => renderTimeline(terminal, { session, timeline: answer }),
      });
    });
};

function isPlayed(
  { resourceKind }: SessionAnswer,
  { options, shows }: { readonly options: Options; readonly shows: boolean },
): boolean {
  return resourceKind === 'ssh' && shows && options.json !== true && options.statements !== true;
}

async function playSession(
  { api, terminal }: CliContext,
  of: { readonly path: string; readonly options: Options; readonly session: SessionAnswer },
): Promise<void> {
  const { channel } = of.options;
  const speed = parseSpeed(of.options.speed);
  const idleMsMax = parseDuration(of.options.idleLimit);
  const query = { format: 'asciicast', ...(channel === undefined ? {} : { channel }) };
  const cast = await readCast(await api.download(`${of.path}/export`, query));
  const { cols, rows } = cast.header.term;
  const title = cast.header.title ?? of.session.id;
  terminal.say(printableLine(`${title}, ${cols}x${rows}. Space pauses, q quits.`));
  await play(terminal, cast, { speed, idleMsMax });
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (speed >= SPEED_MIN && speed <= SPEED_MAX) return speed;
  throw new AppError('invalid_input', `--speed is a number from ${SPEED_MIN} to ${SPEED_MAX}, such as 2.`);
}
