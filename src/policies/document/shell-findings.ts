/** What contradicts itself in roles of hosts, and in rules about commands for a shell. */
import { alwaysRunsOthers } from '../analyzers/shell/hidden-runs.ts';
import type { Finding } from './problems.ts';
import type { CommandRule, PolicyDocument } from './schema.ts';
import type { ShellRole } from './shell-role.ts';

const RAW_WITHOUT_INPUT =
  'a raw terminal reads what is typed: stdin: nothing needs shell: exec or shell: guided';
const RAW_WITH_LIST =
  'in a raw terminal nothing is judged: programs and allow need shell: exec or shell: guided';

export function shellRoleFindings(resource: PolicyDocument['resources'][number], index: number): Finding[] {
  if (resource.kind !== 'ssh') return [];
  return Object.entries(resource.roles).flatMap(([name, role]) => {
    return findingsOfRole(role).map(({ path, message }) => {
      return { path: ['resources', index, 'roles', name, ...path], message };
    });
  });
}

function findingsOfRole({ shell, programs, allow, stdin }: ShellRole): Finding[] {
  if (shell === 'raw')
    return [
      ...(programs === undefined && allow === undefined ? [] : [{ path: ['shell'], message: RAW_WITH_LIST }]),
      ...(stdin === 'nothing' ? [{ path: ['stdin'], message: RAW_WITHOUT_INPUT }] : []),
    ];
  if (allow?.includes('indirect') === true) return [];
  return (programs ?? []).flatMap((program, position) => {
    if (!alwaysRunsOthers(program)) return [];
    const message = `${program} can run any other program, so a list with it is no limit: leave it out, or say allow: [run, indirect]`;
    return [{ path: ['programs', position], message }];
  });
}

const ABOUT_SHELLS = ['programs', 'arguments', 'paths'] as const;
const ABOUT_DATABASES = ['relations', 'missingWhere', 'rowsOver'] as const;

/** A condition that no command of the resources can meet would be a rule that never decides. */
export function shellRuleFindings({ on, match }: CommandRule, index: number): Finding[] {
  const kind = on.kind;
  if (kind === undefined) return [];
  const names = kind === 'ssh' ? ABOUT_DATABASES : ABOUT_SHELLS;
  return names.flatMap((name) =>
    match[name] === undefined
      ? []
      : [
          {
            path: ['rules', index, 'match', name],
            message: `${name} says nothing about resources of kind ${kind}`,
          },
        ],
  );
}
