/** Every command of design section 9. A new one is a file beside this and a line here. */
import { BREAK_GLASS_COMMAND } from './break-glass.ts';
import type { CommandSpec } from './command-spec.ts';
import { AGAIN_COMMAND, ASK_COMMAND, COMMENT_COMMAND, CONSENT_COMMAND } from './conversation.ts';
import { DELEGATE_COMMAND } from './delegate.ts';
import { CANCEL_COMMAND, DONE_COMMAND, REVOKE_COMMAND } from './endings.ts';
import { EXTEND_COMMAND } from './extend.ts';
import { HELP_COMMAND } from './help.ts';
import { INCIDENT_COMMAND, TIMELINE_COMMAND } from './incident.ts';
import { LINK_COMMAND } from './link.ts';
import { MINE_COMMAND, PENDING_COMMAND, SHOW_COMMAND } from './lists.ts';
import { ON_CALL_COMMAND } from './on-call.ts';
import { REQUEST_COMMAND } from './request.ts';
import { REPLAY_COMMAND, SESSIONS_COMMAND } from './sessions.ts';
import { APPROVE_COMMAND, DENY_COMMAND } from './votes.ts';

/** In the order the help shows them. */
export const COMMANDS: readonly CommandSpec[] = [
  REQUEST_COMMAND,
  MINE_COMMAND,
  PENDING_COMMAND,
  SHOW_COMMAND,
  COMMENT_COMMAND,
  ASK_COMMAND,
  CANCEL_COMMAND,
  AGAIN_COMMAND,
  EXTEND_COMMAND,
  DONE_COMMAND,
  REVOKE_COMMAND,
  APPROVE_COMMAND,
  DENY_COMMAND,
  CONSENT_COMMAND,
  DELEGATE_COMMAND,
  ON_CALL_COMMAND,
  BREAK_GLASS_COMMAND,
  SESSIONS_COMMAND,
  REPLAY_COMMAND,
  TIMELINE_COMMAND,
  INCIDENT_COMMAND,
  LINK_COMMAND,
  HELP_COMMAND,
];
