/** What a client is told that asked for what its role does not have. */
import { type ChannelServer, REFUSED_STATUS } from '../host-session.ts';

/** @param line a sentence, for stderr */
export function refusingServer(line: string): ChannelServer {
  return async ({ live }, channel) => {
    const end = channel.terminal === null ? '\n' : '\r\n';
    channel.stderr.write(`sallyport: ${line} (grant ${live.grant.id}, role ${live.grant.role})${end}`);
    channel.exit({ status: REFUSED_STATUS, signal: null });
  };
}
