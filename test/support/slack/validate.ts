/**
 * What Slack would refuse, or do without our wanting it, in a payload that leaves us: its limits, counted on the text
 * as it is sent, and its markup. Written from Slack's documentation, knowing nothing of how the payload was made.
 */
import { z } from 'zod';
import { blocksSchema, optionSchema } from './validate-blocks.ts';
import { textProblems } from './validate-text.ts';
import { viewSchema } from './validate-views.ts';

type Payload = Readonly<Record<string, unknown>>;

const TEXT_CHARACTERS_MAX = 4_000;
/** Text and containers of all blocks together: `msg_blocks_too_long`. */
const BLOCKS_CHARACTERS_MAX = 13_200;
const METADATA_BYTES_MAX = 8_000;

const POSTING = new Set(['chat.postMessage', 'chat.update', 'chat.postEphemeral', 'response_url']);
const SHOWING = new Set(['views.open', 'views.update', 'views.push', 'views.publish']);

const METADATA = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
});

/**
 * @param method of the Web API, or `response_url`
 * @param payload as sent, with its JSON read
 * @returns one sentence for each problem; none for methods that carry nothing to show
 */
export function problemsOf(method: string, payload: Payload): string[] {
  if (POSTING.has(method)) return problemsOfMessage(method, payload);
  if (SHOWING.has(method)) return problemsOfView(payload['view']);
  if (method === 'files.completeUploadExternal') return problemsOfComment(payload['initial_comment']);
  return [];
}

/** Of a view, wherever it is sent: also in the acknowledgement of a submission. */
export function problemsOfView(view: unknown): string[] {
  const problems = found(viewSchema, view);
  const size = Buffer.byteLength(JSON.stringify(view) ?? '');
  return size > 250_000 ? [...problems, `the view has ${size} bytes`] : problems;
}

/** Of the answer to the search of an external select. */
export function problemsOfOptions(options: unknown): string[] {
  return found(z.array(optionSchema).max(100), options);
}

function problemsOfMessage(method: string, payload: Payload): string[] {
  const { text, blocks, metadata } = payload;
  // An answer that only takes a message away, or changes nothing that is shown.
  if (payload['delete_original'] === true) return [];
  const problems: string[] = [];
  if (typeof text !== 'string' || text.trim() === '') problems.push('text: a notification would be empty');
  else problems.push(...textProblems(text, { markup: true }).map((problem) => `text: ${problem}`));
  if (typeof text === 'string' && text.length > TEXT_CHARACTERS_MAX) {
    problems.push(`text: ${text.length} characters, Slack cuts at ${TEXT_CHARACTERS_MAX}`);
  }
  if (blocks !== undefined) {
    problems.push(...found(blocksSchema(50), blocks).map((problem) => `blocks: ${problem}`));
    const size = JSON.stringify(blocks).length;
    if (size > BLOCKS_CHARACTERS_MAX) problems.push(`blocks: ${size} characters in all`);
  } else if (method === 'chat.update') {
    problems.push('blocks: an update with text alone removes the blocks');
  }
  if (metadata !== undefined) {
    problems.push(...found(METADATA, metadata).map((problem) => `metadata: ${problem}`));
    if (JSON.stringify(metadata).length > METADATA_BYTES_MAX) problems.push('metadata: too large');
  }
  for (const forbidden of ['link_names', 'attachments']) {
    if (payload[forbidden] !== undefined) problems.push(`${forbidden}: not ours to use`);
  }
  if (payload['parse'] !== undefined && payload['parse'] !== 'none') problems.push('parse: would make links');
  return problems;
}

function problemsOfComment(comment: unknown): string[] {
  return typeof comment === 'string' ? textProblems(comment, { markup: true }) : [];
}

function found(schema: z.ZodType, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
}
