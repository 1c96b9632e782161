/**
 * The policy that one live session is under. It follows reloads: each command, operation and forward is judged by the
 * document in force when it is asked for. What runs already goes on as it began.
 *
 * A session cannot follow everything. It ends when its resource or role is gone, when it would be connected to
 * something else or with another login, and when the role's kind of shell changed or what it forwards: what is open
 * already would not be allowed, or not be judged, under the new one.
 */
import type { CommandRule, PolicyDocument } from '../../policies/document/schema.ts';
import { type HostPolicy, hostPolicy } from '../../policies/rules/host-policy.ts';
import type { HostSessionPolicy } from './host-session.ts';

export interface SessionPolicyOptions {
  /** Of the document in force; the same version while nothing is reloaded. */
  readonly current: () => { readonly version: string; readonly document: PolicyDocument };
  /** What the session was authorized under. */
  readonly authorized: HostPolicy & { readonly roleName: string; readonly policyVersion: string };
  /** Another version is in force. */
  readonly onVersion: (version: string) => void;
  /** And its rules for this session are others. */
  readonly onRules: (rules: readonly CommandRule[]) => void;
  /** The session must end, for this reason: words for the client. */
  readonly onEnd: (reason: string) => void;
}

export class SessionPolicy implements HostSessionPolicy {
  readonly roleName: string;
  readonly #options: SessionPolicyOptions;
  #version: string;
  #applies: HostPolicy;
  #over = false;

  constructor(options: SessionPolicyOptions) {
    const { resource, role, rules, masks, roleName, policyVersion } = options.authorized;
    this.#options = options;
    this.roleName = roleName;
    this.#version = policyVersion;
    this.#applies = { resource, role, rules, masks };
  }

  get version(): string {
    return this.#version;
  }

  get applies(): HostPolicy {
    return this.#applies;
  }

  renew(): boolean {
    const { version, document } = this.#options.current();
    return version === this.#version ? !this.#over : this.#follow(version, document);
  }

  #follow(version: string, document: PolicyDocument): boolean {
    if (this.#over) return false;
    const before = this.#applies;
    const { name } = before.resource;
    const now = hostPolicy(document, { resource: name, role: this.roleName });
    const reason =
      now === null ? `role ${this.roleName} of ${name} is no longer configured` : reasonToEnd(before, now);
    if (now === null || reason !== null) {
      this.#over = true;
      this.#options.onEnd(reason ?? '');
      return false;
    }
    this.#version = version;
    this.#applies = now;
    this.#options.onVersion(version);
    if (!isSame(before.rules, now.rules)) this.#options.onRules(now.rules);
    return true;
  }
}

/** Null when the session can go on. */
function reasonToEnd(before: HostPolicy, now: HostPolicy): string | null {
  const { name } = now.resource;
  if (!isSame(targetOf(before), targetOf(now))) return `${name} is reached in another way now; connect again`;
  if (before.role.shell !== now.role.shell)
    return `the kind of shell on ${name} is another now; connect again`;
  if (!isSame(before.role.forwarding, now.role.forwarding))
    return `what is forwarded to ${name} is different now; connect again`;
  return null;
}

/** What the connection to the target was made of, and what was checked when it was. */
function targetOf({ resource }: HostPolicy): unknown {
  const { address, hostKey, credential } = resource;
  return { address, hostKey, credential };
}

/** Of parts of two documents that were read by the same schema. */
function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
