/** Commands that the grammar has and this version does not: recognised, and answered with just that. */
import type { CommandSpec } from './command-spec.ts';

export const LATER_COMMANDS: readonly CommandSpec[] = [
  later('timeline', 'timeline', 'The incident’s timeline as a document.'),
  later('incident', 'incident open|link|close', 'Open, link or close an incident channel.'),
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
