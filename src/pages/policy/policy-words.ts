/** What the pages say about changes of the policy. Pure. */
import type { Tone } from '../../bot/card.ts';
import { formatDuration } from '../../core/duration.ts';
import type { SimulatedCount } from '../../core/policy-impact.ts';
import type { WirePolicyChange } from '../../web/wire.ts';

export function changeWords({ state, inForce }: Pick<WirePolicyChange, 'state' | 'inForce'>): {
  readonly tone: Tone;
  readonly words: string;
} {
  switch (state) {
    case 'pending':
      return { tone: 'waiting', words: 'Waiting for approval' };
    case 'applied':
      return inForce ? { tone: 'good', words: 'In force' } : { tone: 'neutral', words: 'Was in force' };
    case 'denied':
      return { tone: 'bad', words: 'Denied' };
    case 'cancelled':
      return { tone: 'neutral', words: 'Cancelled' };
    case 'expired':
      return { tone: 'neutral', words: 'Lapsed' };
    case 'superseded':
      return { tone: 'neutral', words: 'Replaced' };
  }
}

/** Who wants, or wanted, the change. */
export function proposerName({ proposer }: Pick<WirePolicyChange, 'proposer'>): string {
  return proposer?.name ?? 'A server’s file';
}

/** `3 of 40 requests of the last 30d would be decided differently`. */
export function countText(count: SimulatedCount, noun: string, sinceMs: number): string {
  const left = count.skipped === 0 ? '' : `; ${count.skipped} could not be compared`;
  return `${count.changed} of ${count.compared} ${noun} of the last ${formatDuration(sinceMs)}${left}`;
}

export type DiffLine = { readonly kind: 'added' | 'removed' | 'place' | 'same'; readonly text: string };

/** The lines of a unified difference, each with what it is; the two lines that name the versions are left out. */
export function diffLines(difference: string): readonly DiffLine[] {
  const lines = difference.replace(/\n$/, '').split('\n');
  const body = lines[0]?.startsWith('--- ') && lines[1]?.startsWith('+++ ') ? lines.slice(2) : lines;
  return body.map((text) => ({ kind: kindOf(text), text }));
}

function kindOf(line: string): DiffLine['kind'] {
  if (line.startsWith('@@')) return 'place';
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return 'same';
}
