/** A state in words, coloured by its tone. */
import type { ComponentChildren, JSX } from 'preact';
import type { Tone } from '../../bot/card.ts';
import type { GrantState } from '../../core/grant.ts';
import type { HoldState } from '../../core/hold.ts';
import type { RequestState } from '../../core/request.ts';
import type { ReviewState } from '../../core/review.ts';
import type { IconName } from './icons.tsx';

export const TONE_ICON: Readonly<Record<Tone, IconName>> = {
  neutral: 'info',
  waiting: 'clock',
  good: 'check',
  bad: 'cross',
  warning: 'alert',
};

interface StateWords {
  readonly tone: Tone;
  readonly words: string;
}

export const REQUEST_WORDS: Readonly<Record<RequestState, StateWords>> = {
  pending: { tone: 'waiting', words: 'Waiting for approval' },
  approved: { tone: 'good', words: 'Approved' },
  denied: { tone: 'bad', words: 'Denied' },
  cancelled: { tone: 'neutral', words: 'Cancelled' },
  expired: { tone: 'neutral', words: 'Lapsed' },
};

export const HOLD_WORDS: Readonly<Record<HoldState, StateWords>> = {
  held: { tone: 'waiting', words: 'Held for approval' },
  approved: { tone: 'good', words: 'Approved' },
  denied: { tone: 'bad', words: 'Denied' },
  expired: { tone: 'neutral', words: 'Lapsed' },
  withdrawn: { tone: 'neutral', words: 'Withdrawn' },
};

export const GRANT_WORDS: Readonly<Record<GrantState, StateWords>> = {
  issuing: { tone: 'waiting', words: 'Being prepared' },
  active: { tone: 'good', words: 'Active' },
  expired: { tone: 'neutral', words: 'Expired' },
  revoked: { tone: 'bad', words: 'Revoked' },
  done: { tone: 'neutral', words: 'Done' },
};

export const REVIEW_WORDS: Readonly<Record<ReviewState, StateWords>> = {
  pending: { tone: 'warning', words: 'To be reviewed' },
  justified: { tone: 'good', words: 'Found justified' },
  unjustified: { tone: 'bad', words: 'Found unjustified' },
};

interface BadgeProps {
  readonly tone: Tone;
  /** A pulsing dot: it is happening now. */
  readonly live?: boolean;
  readonly title?: string;
  readonly children: ComponentChildren;
}

export function Badge({ tone, live = false, title, children }: BadgeProps): JSX.Element {
  return (
    <span class={`badge tone-${tone}${live ? ' badge-live' : ''}`} title={title}>
      {children}
    </span>
  );
}
