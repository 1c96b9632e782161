/** What the pages say about reviews. */
import type { Tone } from '../../bot/card.ts';
import type { WireReview } from '../../web/wire.ts';

/** A review waits for the end of what it is about. */
export function reviewWords({ state, endedAt }: Pick<WireReview, 'state' | 'endedAt'>): {
  readonly tone: Tone;
  readonly words: string;
} {
  if (state === 'justified') return { tone: 'good', words: 'Justified' };
  if (state === 'unjustified') return { tone: 'bad', words: 'Not justified' };
  return endedAt === null
    ? { tone: 'bad', words: 'Access still open' }
    : { tone: 'warning', words: 'To be reviewed' };
}
