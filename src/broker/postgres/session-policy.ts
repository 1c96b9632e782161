/**
 * The policy that one live session is under. It follows reloads: each message is judged by the document in force when
 * it is read, and so is a prepared statement each time it runs. What was forwarded before goes on as it began.
 *
 * A session cannot follow everything. It ends when its resource or role is gone, when it would be connected to
 * something else or with another login, and when what is masked in results changed: what is on its way was read under
 * other masks, so connecting again is the one clean cut.
 */
import type { Verdict } from '../../core/verdict.ts';
import type { DatabaseFacts } from '../../policies/analyzers/sql/analyze.ts';
import type { CommandRule, PolicyDocument } from '../../policies/document/schema.ts';
import { type DatabasePolicy, databasePolicy } from '../../policies/rules/database-policy.ts';
import type { Judge } from '../gate.ts';
import { isUnrestricted } from './client-encoding.ts';
import type { ClientNames } from './client-names.ts';
import { namedUnderAnotherPolicy } from './refusals.ts';
import type { SessionMasks } from './session-masks.ts';
import { createSqlJudge, type JudgeSettings, type SqlInspection } from './sql-judge.ts';
import type { SqlNames } from './sql-names.ts';

export interface SessionPolicyOptions {
  /** Of the document in force; the same object, or version, while nothing is reloaded. */
  readonly current: () => { readonly version: string; readonly document: PolicyDocument };
  /** What the session was authorized under. */
  readonly authorized: DatabasePolicy & { readonly roleName: string; readonly policyVersion: string };
  /** Null where no mask names columns. */
  readonly masks: SessionMasks | null;
  readonly database: DatabaseFacts;
  readonly clientNames: ClientNames;
  readonly sqlNames: SqlNames;
  /** Another version is in force. */
  readonly onVersion: (version: string) => void;
  /** And its rules for this session are others. */
  readonly onRules: (rules: readonly CommandRule[]) => void;
  /** The session must end, for this reason: words for the client. */
  readonly onEnd: (reason: string) => void;
}

export class SessionPolicy {
  /** Judges by the policy that was in force at the last `renew`. */
  readonly judge: Judge<SqlInspection>;
  readonly #options: SessionPolicyOptions;
  #version: string;
  #applies: DatabasePolicy;
  #settings: JudgeSettings;
  #judge: Judge<SqlInspection>;
  #over = false;

  constructor(options: SessionPolicyOptions) {
    this.#options = options;
    this.#version = options.authorized.policyVersion;
    this.#applies = options.authorized;
    this.#settings = this.#settingsOf(options.authorized);
    this.#judge = createSqlJudge({ ...this.#settings, clientNames: options.clientNames });
    this.judge = {
      inspect: (text) => this.#judge.inspect(text),
      decide: (found) => this.#decide(found),
      normalize: (text, found) => this.#judge.normalize(text, found),
    };
  }

  /** Of the policy that the session is under. */
  get version(): string {
    return this.#version;
  }

  /** What it judges by, for another thread; another object when that has changed. */
  get settings(): JudgeSettings {
    return this.#options.masks === null ? this.#settings : this.#options.masks.settings(this.#settings);
  }

  /** Call it before each message of the client. @returns false when the session has ended over it */
  renew(): boolean {
    const { version, document } = this.#options.current();
    return version === this.#version ? !this.#over : this.#follow(version, document);
  }

  #follow(version: string, document: PolicyDocument): boolean {
    if (this.#over) return false;
    const { onEnd, onRules, onVersion, authorized } = this.#options;
    const before = this.#applies;
    const now = databasePolicy(document, { resource: before.resource.name, role: authorized.roleName });
    const reason = now === null ? `${this.#name} is no longer configured` : reasonToEnd(authorized, now);
    if (now === null || reason !== null) {
      this.#over = true;
      onEnd(reason ?? '');
      return false;
    }
    this.#version = version;
    this.#applies = now;
    onVersion(version);
    if (isSame([before.role, before.rules], [now.role, now.rules])) return true;
    this.#settings = this.#settingsOf(now);
    this.#judge = createSqlJudge({ ...this.#settings, clientNames: this.#options.clientNames });
    this.#options.sqlNames.policyChanged();
    onRules(now.rules);
    return true;
  }

  #settingsOf({ role, rules }: DatabasePolicy): JudgeSettings {
    const { authorized, masks, database } = this.#options;
    return { roleName: authorized.roleName, role, rules, masks, database };
  }

  #decide(found: SqlInspection): Verdict {
    const verdict = this.#judge.decide(found);
    const outdated = verdict.action === 'deny' ? null : this.#options.sqlNames.outdatedAmong(found.runs);
    return outdated === null ? verdict : { action: 'deny', ...namedUnderAnotherPolicy(outdated) };
  }

  get #name(): string {
    return `role ${this.#options.authorized.roleName} of ${this.#applies.resource.name}`;
  }
}

/** Null when the session can go on. */
function reasonToEnd(before: DatabasePolicy, now: DatabasePolicy): string | null {
  const { name } = now.resource;
  if (!isSame(targetOf(before), targetOf(now))) return `${name} is reached in another way now; connect again`;
  if (!isSame(before.masks, now.masks)) return `what is masked in ${name} is different now; connect again`;
  // Whoever chose an encoding did so because nothing was judged; being pinned to UTF8 without need harms nobody.
  if (isUnrestricted(before) && !isUnrestricted(now))
    return `access to ${name} is restricted now; connect again`;
  return null;
}

/** What the connection to the target was made of, and what was checked when it was. */
function targetOf({ resource, role }: DatabasePolicy): unknown {
  const { address, database, tls, passwordMethods } = resource;
  const { readOnly = false, ephemeralRole, credential = resource.credential } = role;
  return { address, database, tls, passwordMethods, readOnly, ephemeralRole, credential };
}

/** Of parts of two documents that were read by the same schema. */
function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
