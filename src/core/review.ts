/** What is said afterwards about access that was taken in an emergency. */

export const REVIEW_STATES = ['pending', 'justified', 'unjustified'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];
