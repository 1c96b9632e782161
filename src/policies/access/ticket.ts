/** Whether a ticket is one that a policy accepts. */
import { RE2JS } from 're2js';
import type { PolicyDocument, TicketTerms } from '../document/schema.ts';

/** What the service that keeps the tickets says about one. */
export type TicketAnswer =
  | { readonly good: true }
  /** `reason` is half a sentence: `T-1 is closed`. */
  | { readonly good: false; readonly reason: string };

/**
 * What was answered about the ticket of a request, by the names of those who were asked. Null where it is only shown
 * what a request would need: then a ticket that is missing is still to come, and one of the right form is good.
 */
export type TicketAnswers = ReadonlyMap<string, TicketAnswer> | null;

/** Where nobody is asked: what a policy that is not in force would say, or would have said long ago. */
export function everyTicketGood({
  tickets,
}: Pick<PolicyDocument, 'tickets'>): ReadonlyMap<string, TicketAnswer> {
  return new Map(tickets.map(({ name }) => [name, { good: true }]));
}

/** Why the ticket is not what the policy wants, as half a sentence, or null when it is. */
export function ticketObstacle(
  terms: TicketTerms,
  { ticket, answers }: { ticket: string | null; answers: TicketAnswers },
): string | null {
  if (ticket === null) {
    return terms.required && answers !== null ? `it needs ${ticketText(terms)}` : null;
  }
  if (!hasShape(terms, ticket)) return `the ticket ${shown(ticket)} is not ${ticketText(terms)}`;
  if (terms.lookup === undefined || answers === null) return null;
  const answer = answers.get(terms.lookup) ?? {
    good: false,
    reason: `${terms.lookup} was not asked about it`,
  };
  return answer.good ? null : `the ticket ${shown(ticket)} does not count: ${answer.reason}`;
}

/** Whether it is worth asking about: nobody is asked about what has not the shape of a ticket. */
export function isWorthAsking(terms: TicketTerms, ticket: string): boolean {
  return terms.lookup !== undefined && hasShape(terms, ticket);
}

/** Linear in the ticket's length: RE2 does not go back. */
function hasShape({ pattern }: TicketTerms, ticket: string): boolean {
  return pattern === undefined || RE2JS.compile(pattern).matches(ticket);
}

/** `a ticket of the form [A-Z]+-[0-9]+`. */
export function ticketText({ pattern }: TicketTerms): string {
  return pattern === undefined ? 'a ticket' : `a ticket of the form ${pattern}`;
}

const SHOWN_CHARACTERS_MAX = 60;

function shown(ticket: string): string {
  return ticket.length > SHOWN_CHARACTERS_MAX ? `${ticket.slice(0, SHOWN_CHARACTERS_MAX)}…` : ticket;
}
