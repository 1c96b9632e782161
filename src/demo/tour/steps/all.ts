import type { Step } from '../step.ts';
import { BREAK_GLASS } from './break-glass.ts';
import { CONNECT } from './connect.ts';
import { DONE } from './done.ts';
import { EXTENSION } from './extension.ts';
import { FIRST_VOTE } from './first-vote.ts';
import { HELD_COMMAND } from './held-command.ts';
import { HIDDEN_DELETES } from './hidden-deletes.ts';
import { HOST_COMMANDS } from './host-commands.ts';
import { HOST_FILES } from './host-files.ts';
import { HOST_REPLAY } from './host-replay.ts';
import { HOST_REQUEST } from './host-request.ts';
import { HOST_SHELL } from './host-shell.ts';
import { MASKED_ROWS } from './masked-rows.ts';
import { OWN_VOTE } from './own-vote.ts';
import { REFUSED_DELETE } from './refused-delete.ts';
import { REQUEST } from './request.ts';
import { REVEAL } from './reveal.ts';
import { SECOND_VOTE } from './second-vote.ts';
import { SESSION_PAGE } from './session-page.ts';
import { SIGN_IN } from './sign-in-everyone.ts';
import { SUMMARY } from './summary.ts';
import { TAMPERING } from './tampering.ts';
import { VERIFY } from './verify.ts';

/** The main job, from the first word in chat to the proof that the record is whole. */
export const STEPS: readonly Step[] = [
  SIGN_IN,
  REQUEST,
  FIRST_VOTE,
  OWN_VOTE,
  SECOND_VOTE,
  REVEAL,
  CONNECT,
  MASKED_ROWS,
  REFUSED_DELETE,
  HIDDEN_DELETES,
  HELD_COMMAND,
  EXTENSION,
  DONE,
  SUMMARY,
  SESSION_PAGE,
  VERIFY,
  TAMPERING,
  HOST_REQUEST,
  HOST_COMMANDS,
  HOST_SHELL,
  HOST_FILES,
  HOST_REPLAY,
  BREAK_GLASS,
];
