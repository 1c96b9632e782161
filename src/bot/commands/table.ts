/** Every command of design section 9. A new one is a file beside this and a line here. */
import type { CommandSpec } from './command-spec.ts';
import { CANCEL_COMMAND, DONE_COMMAND, REVOKE_COMMAND } from './endings.ts';
import { HELP_COMMAND } from './help.ts';
import { LATER_COMMANDS } from './later.ts';
import { MINE_COMMAND, PENDING_COMMAND, SHOW_COMMAND } from './lists.ts';
import { REQUEST_COMMAND } from './request.ts';
import { REPLAY_COMMAND, SESSIONS_COMMAND } from './sessions.ts';
import { APPROVE_COMMAND, DENY_COMMAND } from './votes.ts';

/** In the order the help shows them. */
export const COMMANDS: readonly CommandSpec[] = [
  REQUEST_COMMAND,
  MINE_COMMAND,
  PENDING_COMMAND,
  SHOW_COMMAND,
  CANCEL_COMMAND,
  DONE_COMMAND,
  REVOKE_COMMAND,
  APPROVE_COMMAND,
  DENY_COMMAND,
  SESSIONS_COMMAND,
  REPLAY_COMMAND,
  HELP_COMMAND,
  ...LATER_COMMANDS,
];
