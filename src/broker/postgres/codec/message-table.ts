/** What is done with a message, found by its type: an array, because this is looked up for every message. */

const TYPES = 256;

export type MessageHandler = (message: Buffer) => void;

/** By the first byte of the message, which is handed over whole. */
export type MessageHandlers = readonly (readonly [type: number, handle: MessageHandler])[];

export function messageTable(handlers: MessageHandlers): readonly (MessageHandler | null)[] {
  const table: (MessageHandler | null)[] = new Array(TYPES).fill(null);
  for (const [type, handle] of handlers) table[type] = handle;
  return table;
}
