import type { Card } from '../card.ts';
import type { CommandSpec } from '../commands/command-spec.ts';

/** All commands with an example each, or one command with all its examples. */
export function helpCard(commands: readonly CommandSpec[], only: CommandSpec | null): Card {
  if (only !== null) {
    return {
      tone: 'neutral',
      title: `/access ${only.name}`,
      status: only.summary,
      fields: [{ label: 'Written as', value: `/access ${only.usage}`, code: true }],
      lists:
        only.examples.length === 0
          ? []
          : [
              {
                title: 'Examples',
                items: only.examples.map((example) => ({ text: `/access ${example}`, code: true })),
              },
            ],
      actions: [],
      fallback: `/access ${only.usage}. ${only.summary}`,
    };
  }
  return {
    tone: 'neutral',
    title: 'What Sallyport can do',
    status: 'Every command begins with /access. Text with several words may stand in quotes.',
    fields: [],
    lists: [
      {
        title: 'Commands',
        items: commands.map((spec) => ({ text: `/access ${spec.usage}`, detail: spec.summary, code: true })),
      },
      {
        title: 'Examples',
        items: commands.flatMap((spec) =>
          spec.examples.slice(0, 1).map((example) => ({ text: `/access ${example}`, code: true })),
        ),
      },
    ],
    actions: [],
    fallback: `Commands: ${commands.map((spec) => spec.name).join(', ')}.`,
  };
}
