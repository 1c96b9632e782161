/**
 * Where a path leads on the target: `cd` there and ask, in a clean shell that starts no program. Judged and recorded as
 * `cd`, so a rule about the path or about `cd` counts; a role with a list of programs needs no `cd` in it, because none
 * runs.
 */
import { messageOf } from '../../../../core/errors.ts';
import { quoted } from '../../../../policies/analyzers/shell/canonical.ts';
import { pathsOf } from '../../../../policies/analyzers/shell/paths.ts';
import type { ShellStatement } from '../../../../policies/analyzers/shell/shell-statement.ts';
import type { HostInspection, HostSession } from '../../host-session.ts';
import { type Answer, askTarget } from './ask-target.ts';
import type { DirectoryAnswer } from './builtins.ts';

const ANSWER_BYTES_MAX = 16_384;

function inspectionOf({ policy }: HostSession, path: string): HostInspection {
  const { programs } = policy.applies.role;
  const isNamed = programs === undefined || programs.includes('cd');
  const statement: ShellStatement = {
    text: `cd ${quoted(path)}`,
    effects: ['run'],
    relations: [],
    functions: [],
    flags: [],
    programs: isNamed ? [{ name: 'cd', arguments: [path], patterns: [] }] : [],
    paths: pathsOf(path, ['/']).map((one) => ({ ...one, access: 'named' })),
    hidden: [],
  };
  return { analysis: [statement], canonical: `cd -- ${quoted(path)} && pwd -P`, parseError: null };
}

function problem(text: string): DirectoryAnswer {
  return { kind: 'problem', problem: text };
}

function readAnswer(answer: Answer, path: string): DirectoryAnswer {
  if (answer.kind === 'ended') return problem('the session has ended');
  if (answer.kind === 'not-allowed') {
    const { action, reason, rule } = answer.verdict;
    if (action === 'deny') return problem(`${reason} Rule: ${rule}.`);
    return problem(
      `${path} needs approval each time (rule: ${rule}), which a change of directory cannot wait for. Name the path in a command instead.`,
    );
  }
  const directory = answer.stdout.replace(/\n$/, '');
  if (answer.status === 0 && directory.startsWith('/')) return { kind: 'directory', path: directory };
  // What shells say ends alike: `sh: 1: cd: can't cd to /x`, `/bin/sh: line 1: cd: /x: No such file or directory`.
  const why = /(?:No such file or directory|Not a directory|Permission denied)/i.exec(answer.stderr)?.[0];
  return problem(`${path}: ${why ?? 'there is no such directory, or it is closed to this account'}`);
}

/** @param path from `/`; it may hold `..` and links */
export async function resolveDirectory(session: HostSession, path: string): Promise<DirectoryAnswer> {
  const inspection = inspectionOf(session, path);
  try {
    const question = { text: `cd ${quoted(path)}`, inspection, answerBytesMax: ANSWER_BYTES_MAX };
    return readAnswer(await askTarget(session, question), path);
  } catch (error) {
    return problem(`${path}: ${messageOf(error)}`);
  }
}
