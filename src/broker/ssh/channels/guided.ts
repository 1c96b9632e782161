/** The guided shell of a role: a prompt whose line editor belongs to the broker, or lines of a client without a terminal. */
import { messageOf } from '../../../core/errors.ts';
import { runCommand } from '../commands/run-command.ts';
import { serveScriptShell } from '../guided/script-shell.ts';
import { serveTerminalShell } from '../guided/terminal-shell.ts';
import type { ChannelServer } from '../host-session.ts';

export const serveGuided: ChannelServer = async (session, channel) => {
  const { terminal, number } = channel;
  const record = session.record.openChannel({ number, kind: 'guided', terminal, detail: null });
  const serve = terminal === null ? serveScriptShell : serveTerminalShell;
  let status = 1;
  try {
    status = await serve({ session, channel, record, run: runCommand });
  } catch (error) {
    session.logger.error({ sessionId: session.live.id, problem: messageOf(error) }, 'a guided shell failed');
  }
  const exit = { status, signal: null };
  record.close(exit);
  channel.exit(exit);
};
