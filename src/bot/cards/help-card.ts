import type { Card } from '../card.ts';
import type { CommandSpec } from '../commands/command-spec.ts';
import { texts } from '../texts/texts.ts';

/** All commands with an example each, or one command with all its examples. */
export function helpCard(commands: readonly CommandSpec[], only: CommandSpec | null): Card {
  const words = texts().help;
  if (only !== null) {
    const summary = words.summaries[only.name];
    return {
      tone: 'neutral',
      title: `/access ${only.name}`,
      status: summary,
      fields: [{ label: texts().labels.writtenAs, value: `/access ${only.usage}`, code: true }],
      lists:
        only.examples.length === 0
          ? []
          : [
              {
                title: words.examples,
                items: only.examples.map((example) => ({ text: `/access ${example}`, code: true })),
              },
            ],
      actions: [],
      fallback: `/access ${only.usage}. ${summary}`,
    };
  }
  return {
    tone: 'neutral',
    title: words.title,
    status: words.status,
    fields: [],
    lists: [
      {
        title: words.commands,
        items: commands.map((spec) => ({
          text: `/access ${spec.usage}`,
          detail: words.summaries[spec.name],
          code: true,
        })),
      },
      {
        title: words.examples,
        items: commands.flatMap((spec) =>
          spec.examples.slice(0, 1).map((example) => ({ text: `/access ${example}`, code: true })),
        ),
      },
    ],
    actions: [],
    fallback: words.fallback(commands.map((spec) => spec.name).join(', ')),
  };
}
