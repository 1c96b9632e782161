/** What Teams takes. What is larger is refused with 413, and what has more is cut by some clients without a word. */

/**
 * Of a whole activity. Teams refuses about 100 KB, counted as UTF-16, and asks to stay under 80; a card that is
 * answered to a click has no documented limit, and is held to the same.
 */
export const ACTIVITY_BYTES_MAX = 80_000;
/** What an activity is besides its card: who, where, to whom. */
export const ENVELOPE_BYTES_MAX = 4_000;

/** Of one row; more of them are another row. */
export const BUTTONS_PER_ROW_MAX = 6;
/** About what a row of buttons holds on a phone, and what each needs besides its label. */
export const ROW_CHARACTERS_MAX = 32;
export const BUTTON_PADDING_CHARACTERS = 4;
export const BUTTON_LABEL_CHARACTERS_MAX = 75;
/** Of all buttons of a card together. */
export const BUTTONS_MAX = 24;

/** People who see their own view without asking for it. */
export const REFRESHED_PEOPLE_MAX = 60;

export const TITLE_CHARACTERS_MAX = 150;
/** Of the line that a notification shows. */
export const SUMMARY_CHARACTERS_MAX = 500;
export const INPUT_CHARACTERS_MAX = 4_000;
export const CHOICES_MAX = 100;
export const CHOICE_CHARACTERS_MAX = 100;
export const CHOICE_VALUE_CHARACTERS_MAX = 200;
export const LABEL_CHARACTERS_MAX = 100;
/** Of what a click says of its matter: an id, with the hash or version of what was shown. */
export const SUBJECT_CHARACTERS_MAX = 200;
