/** What Slack takes, in characters after escaping or in pieces. What is longer is refused by Slack, not cut. */
export const BLOCKS_PER_MESSAGE_MAX = 50;
export const BLOCKS_PER_VIEW_MAX = 100;
export const HEADER_CHARACTERS_MAX = 150;
export const SECTION_CHARACTERS_MAX = 3_000;
export const LABEL_CHARACTERS_MAX = 75;
export const BUTTON_VALUE_CHARACTERS_MAX = 2_000;
export const BUTTONS_PER_BLOCK_MAX = 25;
export const CONTEXT_ELEMENTS_MAX = 10;
export const OPTIONS_MAX = 100;
export const OPTION_VALUE_CHARACTERS_MAX = 150;
export const VIEW_TITLE_CHARACTERS_MAX = 24;
export const PLACEHOLDER_CHARACTERS_MAX = 150;
export const INPUT_CHARACTERS_MAX = 3_000;
export const METADATA_CHARACTERS_MAX = 3_000;
/** Of the line that a notification shows. Slack cuts at 4,000. */
export const NOTIFICATION_CHARACTERS_MAX = 1_000;

/**
 * Of all blocks of a message together, as JSON. Slack refuses more than about 13,200 characters of text and
 * containers (`msg_blocks_too_long`) and documents neither the number nor how it counts; JSON counts more than both.
 */
export const MESSAGE_CHARACTERS_MAX = 12_000;
