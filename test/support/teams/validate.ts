/** What Teams would refuse, or ought to have, of what the app sends. */
type Json = Readonly<Record<string, unknown>>;

/** A message may have about 100 KB; this leaves room for what Teams puts around it. */
export const ACTIVITY_BYTES_MAX = 80 * 1024;

/** @returns what is wrong with an activity that is sent or edited */
export function problemsOfActivity(activity: Json): readonly string[] {
  const bytes = Buffer.byteLength(JSON.stringify(activity));
  return bytes <= ACTIVITY_BYTES_MAX ? [] : [`${bytes} bytes are more than ${ACTIVITY_BYTES_MAX}`];
}

/** @returns what is wrong with a card, in a message, a dialog or the answer to an invoke */
export function problemsOfCard(card: unknown): readonly string[] {
  return typeof card === 'object' && card !== null ? [] : ['it is no card'];
}
