/** The verdict on a forwarded connection: where the role's `forwarding` lists it, and what the rules narrow. */
import type { Verdict } from '../../core/verdict.ts';
import { type Forward, forwardStatement, type Offer } from '../analyzers/files/file-statement.ts';
import type { CommandRule, ShellRole } from '../document/schema.ts';
import { canonicalHost } from './canonical-host.ts';
import { type Denial, denyForRules, matchingRules } from './matching-rules.ts';
import { matchesPattern } from './name-pattern.ts';

export interface PortForward {
  /** `to`: the target connects there; `listen`: it accepts connections there for the client. */
  readonly direction: 'to' | 'listen';
  /** An IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export type ForwardQuestion = PortForward | { readonly direction: Offer };

/** `host:port`, IPv6 in brackets. */
export function destinationOf({ host, port }: Pick<PortForward, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @param destination `host:port` */
function canonicalDestination(destination: string): string {
  const colon = destination.lastIndexOf(':');
  const host = destination.slice(0, colon).replace(/^\[|\]$/g, '');
  return destinationOf({ host: canonicalHost(host), port: Number(destination.slice(colon + 1)) });
}

function isListed(patterns: readonly string[], { host, port }: PortForward): boolean {
  return patterns.some((pattern) => {
    const colon = pattern.lastIndexOf(':');
    const [listedHost, listedPort] = [pattern.slice(0, colon), pattern.slice(colon + 1)];
    const ofHost = canonicalHost(listedHost.replace(/^\[|\]$/g, ''));
    return (
      matchesPattern({ pattern: ofHost, text: host }) &&
      matchesPattern({ pattern: listedPort, text: String(port) })
    );
  });
}

/**
 * Listed or not, and no rule denies it. Forwards cannot be held: their clients give up, so a rule that asks refuses.
 * @param input.brokerAddresses `host:port` of the broker's own listeners, which nothing is forwarded to
 */
export function decideForward(input: {
  readonly question: ForwardQuestion;
  readonly roleName: string;
  readonly role: ShellRole;
  readonly rules: readonly CommandRule[];
  readonly brokerAddresses: readonly string[];
}): Verdict {
  const { question, rules } = input;
  const by = { roleName: input.roleName, forwarding: input.role.forwarding };
  if (!('host' in question)) return denyForForward(rules, question) ?? decideOffer(question.direction, by);
  const port = { ...question, host: canonicalHost(question.host) };
  const denial = denyForForward(rules, { direction: port.direction, destination: destinationOf(port) });
  return denial ?? decidePort(port, { ...by, brokerAddresses: input.brokerAddresses });
}

interface ByRole {
  readonly roleName: string;
  readonly forwarding: ShellRole['forwarding'];
}

function denyForForward(rules: readonly CommandRule[], forward: Forward): Denial | null {
  const matched = matchingRules(rules, [forwardStatement(forward)]);
  const [asking] = matched;
  if (asking === undefined) return null;
  const denial = denyForRules(matched);
  return denial ?? { action: 'deny', rule: asking.name, reason: 'A forward cannot wait for approval.' };
}

const OFFERED: Readonly<Record<Offer, string>> = { agent: "the client's agent", x11: 'X11' };

function decideOffer(offer: Offer, { roleName, forwarding }: ByRole): Verdict {
  if (forwarding?.[offer] === true)
    return { action: 'allow', rule: null, reason: `The role ${roleName} forwards ${OFFERED[offer]}.` };
  const reason = `The role ${roleName} does not forward ${OFFERED[offer]}: its forwarding.${offer} is not true.`;
  return { action: 'deny', rule: 'role', reason };
}

function decidePort(
  question: PortForward,
  { roleName, forwarding, brokerAddresses }: ByRole & { readonly brokerAddresses: readonly string[] },
): Verdict {
  const { direction } = question;
  const destination = destinationOf(question);
  if (!isListed(forwarding?.[direction] ?? [], question)) {
    const reason = `The role ${roleName} does not forward ${direction === 'to' ? 'to' : 'from'} ${destination}: its forwarding.${direction} does not list it.`;
    return { action: 'deny', rule: 'role', reason };
  }
  if (direction === 'to' && brokerAddresses.some((one) => canonicalDestination(one) === destination))
    return { action: 'deny', rule: 'broker', reason: 'Nothing is forwarded to Sallyport itself.' };
  return { action: 'allow', rule: null, reason: `The role ${roleName} forwards to ${destination}.` };
}
