/** The signals that a client may send to what runs for it. */
import type { SignalName } from './host-session.ts';

const SIGNALS: ReadonlySet<string> = new Set<SignalName>([
  'HUP',
  'INT',
  'KILL',
  'QUIT',
  'TERM',
  'USR1',
  'USR2',
]);

export function isSignalName(name: string): name is SignalName {
  return SIGNALS.has(name);
}
