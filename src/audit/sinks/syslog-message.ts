/** One event as a syslog message (RFC 5424), framed by its length (RFC 6587 section 3.4.1, RFC 5425 section 4.3). */
import type { Outgoing } from './sink.ts';

/** By OCSF's severity: informational 6, notice 5, warning 4, error 3, critical 2. */
const SEVERITIES: Readonly<Record<number, number>> = { 1: 6, 2: 5, 3: 4, 4: 3, 5: 2 };
const INFORMATIONAL = 6;
const MSGID_CHARACTERS_MAX = 32;
const VALUE_CHARACTERS_MAX = 200;
/** RFC 5424 section 7.3.1: it starts over. */
const SEQUENCE_MAX = 2_147_483_647;

export interface SyslogSource {
  readonly facility: number;
  readonly hostname: string;
}

export function frameSyslog(event: Outgoing, source: SyslogSource): Buffer {
  const message = syslogMessage(event, source);
  return Buffer.from(`${message.length} ${message}`, 'ascii');
}

/** ASCII alone: its length in characters is its length in octets, and no byte order mark is needed. */
export function syslogMessage(event: Outgoing, { facility, hostname }: SyslogSource): string {
  const priority = facility * 8 + (SEVERITIES[event.ocsf.severity_id] ?? INFORMATIONAL);
  const id = event.type.replaceAll(/[^\x21-\x7e]/g, '').slice(0, MSGID_CHARACTERS_MAX) || '-';
  const sequenceId = ((event.sequence - 1) % SEQUENCE_MAX) + 1;
  // 32473 stands for nobody (RFC 5612): Sallyport has no number of its own.
  const data =
    `[meta sequenceId="${sequenceId}"]` +
    `[sallyport@32473 uid="${event.uid}" subject="${value(event.subject)}" class="${event.ocsf.class_uid}"]`;
  const text = asciiOf(JSON.stringify(event.ocsf));
  return `<${priority}>1 ${event.at.toISOString()} ${hostname} sallyport - ${id} ${data} ${text}`;
}

/** RFC 5424 section 6.3.3. */
function value(text: string): string {
  return asciiOf(text.slice(0, VALUE_CHARACTERS_MAX)).replaceAll(/["\\\]]/g, (character) => `\\${character}`);
}

/** As JSON escapes it. */
function asciiOf(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
