/**
 * May an operation on files be done? Judged by the gate as any command is, and held where people must agree. While one
 * waits, what has to be judged behind it waits as well, and what goes on with files that are open goes on.
 */
import type { ShellStatement } from '../../../policies/analyzers/shell/shell-statement.ts';
import type { Judged } from '../../gate.ts';
import { askedLine } from '../commands/hold-words.ts';
import type { HostInspection, HostSession, PendingHold } from '../host-session.ts';

export type Permission =
  | { readonly kind: 'granted'; readonly judged: Judged<HostInspection>; readonly wasHeld: boolean }
  /** @property message a sentence for the client */
  | { readonly kind: 'refused'; readonly judged: Judged<HostInspection> | null; readonly message: string };

const SESSION_ENDED = 'The session has ended.';

export class Permissions {
  readonly #session: HostSession;
  readonly #say: (line: string) => void;
  #hold: PendingHold | null = null;
  #isOver = false;

  /** @param say what a person should read; one line */
  constructor(session: HostSession, say: (line: string) => void) {
    this.#session = session;
    this.#say = say;
  }

  /** Nothing more may pass until `release` of the gate. */
  ask(statement: ShellStatement): Permission | Promise<Permission> {
    const { gate, policy } = this.#session;
    if (!policy.renew() || this.#isOver) return { kind: 'refused', judged: null, message: SESSION_ENDED };
    const judged = gate.judge({
      protocol: 'simple',
      text: statement.text,
      parameters: [],
      prepared: null,
      inspected: { analysis: [statement], parseError: null, canonical: null },
      refusal: null,
    });
    const { verdict } = judged;
    if (verdict.action === 'deny') return this.#refuse(judged, `${verdict.reason} Rule: ${verdict.rule}.`);
    return verdict.action === 'review'
      ? this.#waitFor(judged, statement)
      : { kind: 'granted', judged, wasHeld: false };
  }

  /** Denies what cannot even be judged. */
  deny(text: string, refusal: { readonly rule: string; readonly reason: string }): Permission {
    const command = { protocol: 'simple', parameters: [], prepared: null } as const;
    const judged = this.#session.gate.judge({ ...command, text, refusal });
    return this.#refuse(judged, `${refusal.reason} Rule: ${refusal.rule}.`);
  }

  /** The client is gone, or the session: nobody is asked any more. */
  end(): void {
    this.#isOver = true;
    this.#hold?.withdraw();
  }

  #refuse(judged: Judged<HostInspection>, message: string): Permission {
    return { kind: 'refused', judged, message };
  }

  async #waitFor(judged: Judged<HostInspection>, { text }: ShellStatement): Promise<Permission> {
    const { holds, target } = this.#session;
    const place = { directory: target.facts.directory, environment: new Map<string, string>() };
    const hold = holds.ask({ judged, text, place, stdin: 'nothing' });
    this.#hold = hold;
    const asked = await hold.asked;
    if (asked !== null) this.#say(askedLine(asked));
    const { kind, message } = await hold.decided;
    this.#hold = null;
    if (kind === 'refused' || this.#isOver) return this.#refuse(judged, message);
    this.#say(message);
    return { kind: 'granted', judged, wasHeld: true };
  }
}
