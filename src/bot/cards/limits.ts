/** How much of each thing a card shows, in characters. Below what every platform takes (chat-rules.md). */
export const TITLE_CHARACTERS_MAX = 150;
export const STATUS_CHARACTERS_MAX = 500;
export const NAME_CHARACTERS_MAX = 100;
export const VALUE_CHARACTERS_MAX = 1_900;
export const STATEMENT_CHARACTERS_MAX = 300;
export const NOTE_SHOWN_CHARACTERS_MAX = 300;
/** Of text that must be shown whole: more than this, and it is read on a page of its own. */
export const VERBATIM_CHARACTERS_MAX = 20_000;
export const REASON_LINES_MAX = 12;
export const LIST_ITEMS_MAX = 10;
/** The last ones; the others are on the request's page. */
export const COMMENTS_SHOWN_MAX = 5;
