/** The channels of a session with a host, for the transcript. */
import { plainTextOf } from '../escape-sequences.ts';
import type { HostEvent } from '../events.ts';
import { oneLine, timeOf, visible } from './plain-text.ts';

type Output = Extract<HostEvent, { readonly type: 'output' }>;

/** What one command printed, or one terminal; the recording has more. */
const SHOWN_CHARACTERS_MAX = 20_000;

/** Of one recording, for its events in order. */
export class HostTranscript {
  /** The last line of an output, whose end has not come. */
  #open: { readonly output: Output; readonly text: string } | null = null;
  /** Characters shown, by what printed them. */
  readonly #shown = new Map<string, number>();

  /** @returns lines without their ends */
  linesOf(event: HostEvent, startedAtMs: number): readonly string[] {
    if (event.type === 'output') return this.#outputLines(event);
    const lines = [...this.rest(), ...linesOf(event, startedAtMs)];
    if (event.type === 'channel-end') this.#forget(event.channel);
    return lines;
  }

  /** What is left when something else follows. */
  rest(): readonly string[] {
    const open = this.#open;
    this.#open = null;
    return open === null || open.text === '' ? [] : shown(open.text, prefixOf(open.output));
  }

  #outputLines(output: Output): readonly string[] {
    const continued = this.#open !== null && keyOf(this.#open.output) === keyOf(output);
    const before = continued ? [] : this.rest();
    const text = `${continued ? this.#open?.text : ''}${this.#cut(output)}`;
    const end = text.lastIndexOf('\n') + 1;
    this.#open = { output, text: text.slice(end) };
    return end === 0 ? before : [...before, ...shown(text.slice(0, end), prefixOf(output))];
  }

  #cut(output: Output): string {
    const key = keyOf(output);
    const already = this.#shown.get(key) ?? 0;
    if (already > SHOWN_CHARACTERS_MAX) return '';
    this.#shown.set(key, already + output.text.length);
    const left = SHOWN_CHARACTERS_MAX - already;
    if (output.text.length <= left) return output.text;
    return `${output.text.slice(0, left)}\n… (the recording has more of it)\n`;
  }

  #forget(channel: number): void {
    for (const key of this.#shown.keys()) if (key.startsWith(`${channel}/`)) this.#shown.delete(key);
  }
}

function keyOf({ channel, statement, stream }: Output): string {
  return `${channel}/${statement ?? ''}/${stream}`;
}

function linesOf(event: Exclude<HostEvent, Output>, startedAtMs: number): readonly string[] {
  const of = `  [${timeOf(event.atMs, startedAtMs)}] channel ${event.channel}`;
  switch (event.type) {
    case 'channel':
      return ['', `${of} opened: ${kindOf(event)}`];
    case 'input':
      return shown(event.text, `    ${statementOf(event.statement)}< `);
    case 'resize':
      return [`${of} resized to ${event.columns}x${event.rows}`];
    case 'mark':
      return [`${of}: ${oneLine(event.label)}`];
    case 'file':
      return [`  #${event.statement} ${fileOf(event)}`];
    case 'channel-end':
      return [`${of} closed: ${endOf(event)}`];
  }
}

function kindOf({ kind, terminal, detail }: Extract<HostEvent, { type: 'channel' }>): string {
  const size = terminal === null ? '' : `, ${oneLine(terminal.term)} ${terminal.columns}x${terminal.rows}`;
  return `${kind}${size}${detail === null ? '' : `, ${oneLine(detail)}`}`;
}

function prefixOf({ statement, stream }: Output): string {
  return `    ${statementOf(statement)}${stream === 'stderr' ? '!' : '|'} `;
}

function statementOf(statement: number | null): string {
  return statement === null ? '' : `#${statement} `;
}

/** Without colours and movements of the cursor: what is left reads as text. */
function shown(text: string, before: string): readonly string[] {
  const plain = plainTextOf(text).replaceAll('\r\n', '\n');
  const lines = plain.endsWith('\n') ? plain.slice(0, -1).split('\n') : plain.split('\n');
  return lines.map((line) => `${before}${visible(line)}`);
}

function fileOf(event: Extract<HostEvent, { type: 'file' }>): string {
  const { direction, path, bytes, sha256, complete } = event;
  const part = complete ? '' : ', not to its end';
  return `${direction} ${oneLine(path)}: ${bytes} bytes${part}, SHA-256 ${sha256 ?? 'not known'}`;
}

function endOf({ status, signal }: Extract<HostEvent, { type: 'channel-end' }>): string {
  if (signal !== null) return `signal ${oneLine(signal)}`;
  return status === null ? 'without a status' : `exit ${status}`;
}
