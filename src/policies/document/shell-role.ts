/** What a role may do on a host. */
import { z } from 'zod';
import { SHELL_EFFECTS } from '../../core/statement.ts';

/** A word, or a path from `/`: never a pattern, because what is listed runs by that very word. */
const PROGRAM = z
  .string()
  .max(200)
  .regex(/^(?:\/[^\s*?]+|[^\s*?/]+)$/, 'a program as it is typed, or its path from /');

export const SHELL_ROLE = z.strictObject({
  shell: z.enum(['exec', 'guided', 'raw']).default('exec').meta({
    description:
      'exec: one command at a time; guided: a prompt whose commands are judged one by one; raw: a terminal, in which nothing is judged',
  }),
  programs: z.array(PROGRAM).min(1).max(500).optional().meta({
    description: 'The only programs that run, by these very words; left out, those that hide nothing',
  }),
  allow: z.array(z.enum(SHELL_EFFECTS)).max(SHELL_EFFECTS.length).optional().meta({
    description:
      'Effects of commands. Left out: [run, read-file, write-file], and with programs [run, read-file]. indirect lets commands run what nobody has seen, access-admin change who may log in',
  }),
});
export type ShellRole = z.output<typeof SHELL_ROLE>;
