/** Commands that the grammar has and this version does not: recognised, and answered with just that. */
import type { CommandSpec } from './command-spec.ts';

export const LATER_COMMANDS: readonly CommandSpec[] = [
  later('extend', 'extend ID by 30m', 'Make live access last longer.'),
  later('breakglass', 'breakglass RESOURCE because TEXT', 'Take access now and answer for it after.'),
  later('timeline', 'timeline', 'The incident’s timeline as a document.'),
  later('incident', 'incident open|link|close', 'Open, link or close an incident channel.'),
  later('delegate', 'delegate @user until DATE', 'Let somebody decide in your place for a while.'),
  later('oncall', 'oncall RESOURCE', 'Who is on call for a resource.'),
  later('link', 'link', 'Link this chat account to your sign-in.'),
];

function later(name: string, usage: string, summary: string): CommandSpec {
  return {
    name,
    usage,
    summary: `${summary} Not available yet.`,
    examples: [],
    parse: () => ({ name: 'unavailable', command: name }),
  };
}
