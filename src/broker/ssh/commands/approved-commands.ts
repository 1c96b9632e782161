/** Commands of one session that people approved for all of it, while they mean what was approved. */
import { createHash } from 'node:crypto';
import type { CommandPlace } from '../host-session.ts';
import { isOwnVariable } from './own-variables.ts';

/** The one approved longest ago is forgotten. */
const KEPT_MAX = 1_000;

/** All that a command's meaning depends on beside its target and account, which are the session's. */
export interface CommandIdentity {
  /** An operation on files can read like a command that runs a program of that name. */
  readonly kind: 'command' | 'operation';
  readonly text: string;
  readonly place: CommandPlace;
  readonly policyVersion: string;
}

export class ApprovedCommands {
  readonly #holds = new Map<string, string>();

  /** @param hold `h-…` */
  remember(command: CommandIdentity, hold: string): void {
    const digest = digestOf(command);
    this.#holds.delete(digest);
    this.#holds.set(digest, hold);
    const [oldest] = this.#holds.keys();
    if (oldest !== undefined && this.#holds.size > KEPT_MAX) this.#holds.delete(oldest);
  }

  /** @returns the hold whose approval covers the command, or null */
  covering(command: CommandIdentity): string | null {
    return this.#holds.get(digestOf(command)) ?? null;
  }
}

function digestOf({ kind, text, place, policyVersion }: CommandIdentity): string {
  const identity = JSON.stringify([kind, text, place.directory, variablesOf(place), policyVersion]);
  return createHash('sha256').update(identity, 'utf8').digest('base64');
}

/** What was set for it, in the order of the names. What the client offers is known to the target alone, by these. */
export function variablesOf({ environment, offers }: CommandPlace): { name: string; value: string }[] {
  const all = new Map(environment);
  if (offers?.agent === true) all.set('SSH_AUTH_SOCK', "(the client's agent)");
  if (offers != null && offers.x11 !== null) all.set('DISPLAY', "(the client's screen)");
  return [...all]
    .filter(([name, value]) => !isOwnVariable(name, value))
    .map(([name, value]) => ({ name, value }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
