/**
 * What Teams would refuse, or do without our wanting it, of what leaves us. Written from the schema of Adaptive Cards
 * 1.5 and the documentation of Teams, knowing nothing of how a card was made; and Microsoft's own library reads each.
 */
import { createRequire } from 'node:module';
import type * as Library from 'adaptivecards';
import type { z } from 'zod';
import { cardSchema } from './validate-elements.ts';
import { lineProblem } from './validate-text.ts';

// The package's modules are for bundlers: Node finds none of their imports.
const { AdaptiveCard, HostConfig, SerializationContext, Versions } = createRequire(import.meta.url)(
  'adaptivecards/dist/adaptivecards.js',
) as typeof Library;

type Json = Readonly<Record<string, unknown>>;

/** Teams refuses about 100 KB, counted as UTF-16, and asks to stay under 80. */
const ACTIVITY_BYTES_MAX = 80 * 1024;

const HOST = new HostConfig({ actions: { maxActions: 6 }, supportsInteractivity: true });
const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

/** @returns what is wrong with an activity that is sent or edited, one sentence for each problem */
export function problemsOfActivity(activity: Json): readonly string[] {
  const { text, summary, attachments } = activity;
  const problems = problemsOfSize(activity);
  const cards = Array.isArray(attachments) ? attachments : [];
  if (typeof summary === 'string') problems.push(...named('summary', lineProblem(summary)));
  if (typeof text === 'string') problems.push(...named('text', lineProblem(text)));
  if (cards.length > 0 && typeof summary !== 'string') {
    problems.push('summary: a notification would say nothing');
  }
  for (const attachment of cards) {
    const { contentType, content } = attachment as Json;
    if (contentType === ADAPTIVE_CARD) problems.push(...problemsOfCard(content));
    else problems.push(`an attachment of the kind ${String(contentType)}`);
  }
  return problems;
}

/** @returns what is wrong with a card, in a message, a dialog or the answer to an invoke */
export function problemsOfCard(card: unknown): readonly string[] {
  return [...problemsOfSize(card), ...found(cardSchema, card), ...problemsOfLibrary(card)];
}

/** Of words that are shown without a card. */
export function problemsOfLine(text: string): readonly string[] {
  return named('text', lineProblem(text));
}

function problemsOfSize(value: unknown): string[] {
  const json = JSON.stringify(value) ?? '';
  const bytes = Math.max(Buffer.byteLength(json), json.length * 2);
  return bytes <= ACTIVITY_BYTES_MAX ? [] : [`${bytes} bytes are more than ${ACTIVITY_BYTES_MAX}`];
}

/** Of version 1.6, and taken by Teams in a card of 1.5: it is documented among its own. */
const SEARCHED = '"choices.data" is supported in version 1.6';

function problemsOfLibrary(json: unknown): readonly string[] {
  const card = new AdaptiveCard();
  card.hostConfig = HOST;
  const context = new SerializationContext(Versions.v1_5);
  card.parse(json, context);
  const parsed = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message);
  const validated = card.validateProperties().validationEvents.map(({ message }) => message);
  const messages = [...parsed, ...validated].filter((message) => !message.includes(SEARCHED));
  return messages.map((message) => `the library says: ${message}`);
}

function named(where: string, problem: string | null): readonly string[] {
  return problem === null ? [] : [`${where}: ${problem}`];
}

function found(schema: z.ZodType, value: unknown): readonly string[] {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
}
