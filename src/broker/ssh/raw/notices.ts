/** What the broker itself says in a raw terminal. It must not disturb a full-screen program. */
import { UNSAFE_CHARACTERS } from '../../../recording/exporters/unsafe-characters.ts';

/** Before the deadline. */
export const WARNINGS_MS: readonly number[] = [300_000, 60_000];

/** One line each, with its end. */
export function openingLines(of: {
  readonly who: string;
  readonly resource: string;
  readonly role: string;
  readonly until: Date;
}): string {
  const { who, resource, role, until } = of;
  return line(
    `${who} on ${resource} as ${role}, until ${clockOf(until)}. Everything this terminal shows is recorded.`,
  );
}

export function warning(of: {
  readonly leftMs: number;
  readonly until: Date;
  readonly resource: string;
}): string {
  const minutes = Math.max(1, Math.round(of.leftMs / 60_000));
  return `access to ${of.resource} ends in ${minutes} min, at ${clockOf(of.until)}`;
}

/** On a line of its own: for a screen on which lines scroll. */
export function asLine(text: string): string {
  return `\r\n${line(text)}`;
}

/** In the window's title, which no program's drawing is touched by (xterm, OSC 2). */
export function asTitle(text: string): string {
  return `\u001b]2;Sallyport: ${plain(text)}\u001b\\`;
}

/** Back to the screen on which lines scroll, as full-screen programs leave it: a cursor, no mouse, no colours. */
export const LEAVE_ALTERNATE_SCREEN =
  '\u001b[?1049l\u001b[?25h\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[0m';

function line(text: string): string {
  return `[sallyport] ${plain(text)}\r\n`;
}

function plain(text: string): string {
  return text.replace(UNSAFE_CHARACTERS, '?');
}

function clockOf(at: Date): string {
  return `${at.toISOString().slice(11, 16)} UTC`;
}
