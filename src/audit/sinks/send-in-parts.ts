/**
 * Finds the events that a receiver will not take: a batch that it refuses for its content is sent again in halves,
 * until what it refuses is a single event. A receiver that refuses many in a row and takes none is broken, and not
 * the events: nothing is put aside then.
 */
import { ContentRefused, type Outgoing, type Refusal, type Sink, SinkFault } from './sink.ts';

const REFUSED_IN_ROW_MAX = 100;

/**
 * @param batch.refusedInRow events that were put aside before this batch, since the last that was taken
 * @param batch.beforeEach called before each call; what it throws ends everything
 * @throws SinkFault, and what `beforeEach` throws: all of it has to be sent again
 */
export async function sendInParts(
  sink: Sink,
  batch: {
    readonly events: readonly Outgoing[];
    readonly refusedInRow: number;
    readonly beforeEach: () => Promise<void>;
  },
): Promise<{ readonly refusals: readonly Refusal[]; readonly refusedInRow: number }> {
  let { refusedInRow } = batch;
  const refusals: Refusal[] = [];
  const putAside = (refused: readonly Refusal[], sent: number): void => {
    refusals.push(...refused);
    refusedInRow = refused.length === sent ? refusedInRow + sent : 0;
    const last = refused.at(-1);
    if (refusedInRow > REFUSED_IN_ROW_MAX && last !== undefined) {
      throw new SinkFault(`it refuses every event: ${last.reason}`);
    }
  };
  const sendPart = async (events: readonly Outgoing[]): Promise<void> => {
    await batch.beforeEach();
    let refused: readonly Refusal[];
    try {
      refused = await sink.send(events);
    } catch (error) {
      if (!(error instanceof ContentRefused)) throw error;
      const [only] = events;
      if (events.length > 1 || only === undefined) {
        const middle = Math.ceil(events.length / 2);
        await sendPart(events.slice(0, middle));
        await sendPart(events.slice(middle));
        return;
      }
      refused = [{ sequence: only.sequence, reason: error.message }];
    }
    putAside(refused, events.length);
  };
  await sendPart(batch.events);
  return { refusals, refusedInRow };
}
