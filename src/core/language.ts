/** The languages that chat speaks. A new one is a word here, a folder and a line in `src/bot/texts/`. */
export const LANGUAGES = ['en'] as const;
export type Language = (typeof LANGUAGES)[number];
