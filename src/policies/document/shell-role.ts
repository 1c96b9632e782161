/** What a role may do on a host. */
import { z } from 'zod';
import { SHELL_EFFECTS } from '../../core/statement.ts';

/** A word, or a path from `/`: never a pattern, because what is listed runs by that very word. */
const PROGRAM = z
  .string()
  .max(200)
  .regex(/^(?:\/[^\s*?]+|[^\s*?/]+)$/, 'a program as it is typed, or its path from /');

const DESTINATION = z
  .string()
  .max(300)
  .regex(
    /^(?:\[[0-9A-Fa-f:.*]+\]|[A-Za-z0-9.*_-]{1,253}):(?:\d{1,5}|\*)$/,
    'host:port, with * for any characters',
  );

const VARIABLE = z
  .string()
  .max(100)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, 'the name of a variable');

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
  sftp: z.enum(['none', 'read', 'write']).optional().meta({
    description:
      'Files over SFTP, and scp, which uses it. Left out: none where programs are listed, else what read-file and write-file say',
  }),
  forwarding: z
    .strictObject({
      to: z.array(DESTINATION).max(200).default([]).meta({
        description:
          'host:port that the client may be connected to through the target, with * for any characters',
      }),
      listen: z.array(DESTINATION).max(50).default([]).meta({
        description: 'host:port on the target that may be forwarded to the client',
      }),
      agent: z.boolean().default(false).meta({
        description:
          "ssh -A: what runs on the target may use the keys of the client's agent, as long as the connection lasts",
      }),
      x11: z.boolean().default(false).meta({
        description: "ssh -X: what runs on the target may show windows on the client's screen",
      }),
    })
    .optional()
    .meta({ description: 'Nothing is forwarded unless it is listed' }),
  stdin: z.enum(['client', 'nothing']).optional().meta({
    description:
      'What a command of ssh HOST COMMAND reads: what the client sends, or nothing. Left out: client. In a guided shell it is nothing',
  }),
  environment: z.array(VARIABLE).max(50).optional().meta({
    description:
      'Variables that a client may set, with * at the end for any characters. Left out: LANG and LC_*',
  }),
});
export type ShellRole = z.output<typeof SHELL_ROLE>;
