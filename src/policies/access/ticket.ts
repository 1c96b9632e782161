/** Whether a ticket is one that a policy accepts. */

/** What the service that keeps the tickets says about one. */
export type TicketAnswer =
  | { readonly good: true }
  /** @param reason half a sentence: `T-1 is closed` */
  | { readonly good: false; readonly reason: string };
