/**
 * What a directory on the target holds, asked with `ls` as the person at the prompt could: a role that may not run it,
 * or that people would have to be asked about, completes nothing.
 */
import { quoted } from '../../../../policies/analyzers/shell/canonical.ts';
import { decideCommand } from '../../../../policies/rules/decide-command.ts';
import { inspectCommand } from '../../commands/host-judge.ts';
import type { HostSession } from '../../host-session.ts';
import { askTarget } from '../shell/ask-target.ts';
import type { Candidate } from './complete.ts';

const ANSWER_BYTES_MAX = 131_072;
/** One person presses Tab several times for one word. */
const KEPT_MS = 5_000;

const NOTHING: readonly Candidate[] = [];

function candidatesIn(listing: string): readonly Candidate[] {
  return listing
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ name: line.replace(/\/$/, ''), isDirectory: line.endsWith('/') }));
}

function isAllowed({ policy }: HostSession, inspection: ReturnType<typeof inspectCommand>): boolean {
  const { role, rules } = policy.applies;
  const { analysis: statements, canonical, parseError } = inspection;
  const analysis = { statements, canonical, parseError };
  return decideCommand({ analysis, role, rules, roleName: policy.roleName }).action === 'allow';
}

export class TargetFiles {
  readonly #session: HostSession;
  #last: { readonly directory: string; readonly atMs: number; readonly files: readonly Candidate[] } | null =
    null;

  constructor(session: HostSession) {
    this.#session = session;
  }

  /** @param directory from `/` */
  async in(directory: string): Promise<readonly Candidate[]> {
    const { ageMs } = this.#session.live;
    if (this.#last?.directory === directory && ageMs - this.#last.atMs < KEPT_MS) return this.#last.files;
    const files = await this.#ask(directory);
    this.#last = { directory, atMs: ageMs, files };
    return files;
  }

  /** A command may have changed anything. */
  forget(): void {
    this.#last = null;
  }

  async #ask(directory: string): Promise<readonly Candidate[]> {
    const session = this.#session;
    // `-L`: a link to a directory is completed as one.
    const text = `ls -1apL -- ${quoted(directory)}`;
    const place = { directory: '/', environment: new Map<string, string>() };
    const inspection = inspectCommand(text, { place, policy: session.policy });
    if (!isAllowed(session, inspection)) return NOTHING;
    try {
      const answer = await askTarget(session, {
        text,
        inspection,
        answerBytesMax: ANSWER_BYTES_MAX,
        isLookUp: true,
      });
      return answer.kind === 'answer' ? candidatesIn(answer.stdout) : NOTHING;
    } catch {
      // Nobody asked for more than names.
      return NOTHING;
    }
  }
}
