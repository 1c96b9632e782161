/** What whoever logs in is told: sentences. */

/** Somebody who shows no key asks for a resource by its name. */
export function noKeyWords(resource: string): string {
  return [
    `To log in to ${resource} by its name, register your public key: sallyport keys add ~/.ssh/id_ed25519.pub`,
    'Or use the handle of a grant (g-...) as the user name, and its secret.',
  ].join('\n');
}

/** Somebody who is known has no grant. */
export function mayAsk(resource: string, { isWorkload }: { readonly isWorkload: boolean }): string {
  return isWorkload
    ? `There is no active grant on ${resource}, and none that is given at once. Ask for it over the API first.`
    : `No active grant on ${resource}: this login can ask for one (not in BatchMode), or ask in chat: /access request ${resource}`;
}
