/** What is said afterwards about access that was taken in an emergency. */

export const REVIEW_STATES = ['pending', 'justified', 'unjustified'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** One `unjustified` decides; `justified` needs every seat. */
export const REVIEW_VERDICTS = ['justified', 'unjustified'] as const;
export type ReviewVerdict = (typeof REVIEW_VERDICTS)[number];

/** `v-` and 8 base32 characters. */
export const REVIEW_ID_PATTERN = /^v-[a-z2-7]{8}$/;
