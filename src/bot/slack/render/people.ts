/** An account in a form that is about to be shown, written as Slack writes a mention. */
const MENTION = /^<@([A-Z0-9]{2,50})>$/;

export function mentionOf(user: string): string {
  return `<@${user}>`;
}

/** @returns the account; null for anything else */
export function accountIn(value: string): string | null {
  return MENTION.exec(value)?.[1] ?? null;
}
