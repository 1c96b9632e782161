/** What a text is made with: strings that are there, and strings that may be missing. Both are data, never words. */
export type Values<Given extends string, Maybe extends string = never> = Readonly<
  Record<Given, string> & Record<Maybe, string | null>
>;
