/** C0, DEL, C1, and the characters that reorder or hide text: what a terminal must not get as it is. */
export const UNSAFE_CHARACTERS = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
