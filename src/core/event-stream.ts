/** Server-sent events (WHATWG HTML section 9.2) as whoever watches reads them: pages and the command line alike. */

export interface StreamedEvent {
  readonly event: string;
  readonly data: string;
  /** Where to go on after a lost connection; null for an event that is no such place. */
  readonly id: string | null;
}

/** A message that is longer is none of ours. */
const MESSAGE_CHARACTERS_MAX = 8 * 1_048_576;

/**
 * The events of a stream, each once it is whole.
 * @throws Error for a message above 8 Mi characters; what the body throws passes through
 */
export async function* readEventStream(body: AsyncIterable<string>): AsyncGenerator<StreamedEvent> {
  let text = '';
  for await (const piece of body) {
    text += piece;
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) {
      const event = parseMessage(message);
      if (event !== null) yield event;
    }
    if (text.length > MESSAGE_CHARACTERS_MAX)
      throw new Error('The server sends what is no stream of events.');
  }
}

/** @returns null for a comment, and for what has no data */
function parseMessage(message: string): StreamedEvent | null {
  let event = 'message';
  let id: string | null = null;
  const data: string[] = [];
  for (const line of message.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    else if (field === 'id') id = value;
    else if (field === 'data') data.push(value);
  }
  return data.length === 0 ? null : { event, id, data: data.join('\n') };
}
