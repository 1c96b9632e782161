/**
 * What is sent to a target to run a command: a clean shell, whatever the account's login shell is and whatever its
 * start-up files have set. Only what POSIX says of `sh` is used. The process that the target starts becomes that
 * shell, so it leads its process group.
 */
import { AppError } from '../../../core/errors.ts';
import { quoted } from '../../../policies/analyzers/shell/canonical.ts';
import type { CommandPlace, TargetFacts } from '../host-session.ts';

/** Linux takes no longer argument (MAX_ARG_STRLEN), and the text is one, for the login shell. */
const TEXT_BYTES_MAX = 131_072 - 1;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * @param options.first lines of a script that run before the command
 * @throws AppError `too_large` for what no target could start
 */
export function cleanShellText(
  canonical: string,
  options: { readonly facts: TargetFacts; readonly place: CommandPlace; readonly first?: string },
): string {
  const { facts, place, first = '' } = options;
  const variables = new Map([
    ...[...place.environment].filter(([name]) => VARIABLE_NAME.test(name)),
    ['HOME', facts.home],
    ['PATH', facts.path],
    ['USER', facts.account],
    ['LOGNAME', facts.account],
    ['SHELL', '/bin/sh'],
  ]);
  const settings = [
    ...[...variables].map(([name, value]) => quoted(`${name}=${value}`)),
    ...offeredNames(place).map((name) => `${name}="$${name}"`),
  ].join(' ');
  // A here-document needs the end of its line.
  const script = `${first}${first === '' ? '' : '\n'}cd ${quoted(place.directory)} || exit 1\n${canonical}\n`;
  const text = `exec /usr/bin/env -i ${settings} /bin/sh -c ${quoted(script)}`;
  const bytes = Buffer.byteLength(text);
  if (bytes > TEXT_BYTES_MAX) {
    throw new AppError(
      'too_large',
      `The command is too long for the target: with its environment it takes ${bytes} bytes, and ${TEXT_BYTES_MAX} are possible. Put what is long into a file.`,
    );
  }
  return text;
}

/** The target's server has set them; every login shell writes them out in this form. */
function offeredNames({ offers }: CommandPlace): readonly string[] {
  return [
    ...(offers?.agent === true ? ['SSH_AUTH_SOCK'] : []),
    ...(offers != null && offers.x11 !== null ? ['DISPLAY'] : []),
  ];
}
