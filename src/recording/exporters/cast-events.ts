/** From the events of a recording to those of an asciicast: intervals, one screen, marks. */
import type { Verdict } from '../../core/verdict.ts';
import { type HostEvent, isHostEvent, type RecordingEvent } from '../events.ts';
import type { RecordingTrailer } from '../reader.ts';
import { SafeTerminal } from '../safe-terminal.ts';
import { oneLine } from './plain-text.ts';

/** Seconds since the one before, what happened (output, input, mark, resize, exit), and with what. */
export type CastEvent = readonly [interval: number, code: 'o' | 'i' | 'm' | 'r' | 'x', data: string];

type EventOf<Type extends RecordingEvent['type']> = Extract<RecordingEvent, { readonly type: Type }>;
type Untimed = readonly [code: CastEvent[1], data: string];

interface Shown {
  readonly kind: EventOf<'channel'>['kind'];
  readonly screen: SafeTerminal;
  /** Of a command without a terminal: the last character, to know whether a line feed has its carriage return. */
  last: string;
}

const LABEL_CHARACTERS_MAX = 500;

export class CastEvents {
  readonly #only: number | null;
  readonly #channels = new Map<number, Shown>();
  #shownChannel: number | null = null;
  /** What was opened to run one command, and waits for it. */
  #awaiting: number | null = null;
  /** Where a prompt was last. */
  #prompt: number | null = null;
  #lastMs: number | null = null;
  #exit: string | null = null;

  /** @param only a channel; null for all of them */
  constructor(only: number | null) {
    this.#only = only;
  }

  of(event: RecordingEvent): CastEvent[] {
    if (isHostEvent(event) && this.#only !== null && event.channel !== this.#only) return [];
    return this.#timed(event.atMs, this.#eventsOf(event));
  }

  /** How the recording ended. */
  end(trailer: RecordingTrailer): CastEvent[] {
    const { problem, sealedBy } = trailer;
    const events: Untimed[] = [];
    if (problem !== null) events.push(['m', 'the recording is damaged from here on']);
    else if (sealedBy === 'recovered') events.push(['m', 'the recorder stopped here']);
    if (this.#exit !== null && (this.#only !== null || this.#channels.size === 1))
      events.push(['x', this.#exit]);
    return this.#timed(this.#lastMs ?? 0, events);
  }

  /** What was recorded late keeps its place; time never goes back. */
  #timed(atMs: number, events: readonly Untimed[]): CastEvent[] {
    return events.map(([code, data]) => {
      const before = this.#lastMs ?? atMs;
      const now = Math.max(before, atMs);
      this.#lastMs = now;
      return [(now - before) / 1_000, code, data];
    });
  }

  #eventsOf(event: RecordingEvent): readonly Untimed[] {
    switch (event.type) {
      case 'statement':
        return this.#command(event);
      case 'hold':
        return [['m', labelOf(holdInWords(event))]];
      case 'end':
        return [['m', `session ended: ${event.reason}`]];
      case 'start':
      case 'policy':
      case 'rows':
      case 'outcome':
        return [];
      default:
        return this.#ofChannel(event);
    }
  }

  #ofChannel(event: HostEvent): readonly Untimed[] {
    switch (event.type) {
      case 'channel':
        return this.#open(event);
      case 'output':
        return this.#output(event);
      case 'input':
        return [['i', event.text]];
      case 'resize':
        return this.#shownChannel === event.channel ? [['r', `${event.columns}x${event.rows}`]] : [];
      case 'mark':
        return [['m', labelOf(event.label)]];
      case 'file':
        return [['m', labelOf(`${event.direction} ${event.path}, ${event.bytes} bytes`)]];
      case 'channel-end':
        this.#exit = event.signal === null ? String(event.status ?? '') : event.signal;
        return [];
    }
  }

  #open({ channel, kind, terminal, detail }: EventOf<'channel'>): readonly Untimed[] {
    this.#channels.set(channel, { kind, screen: new SafeTerminal(), last: '\n' });
    if (kind === 'exec') this.#awaiting = channel;
    else if (kind === 'guided') this.#prompt = channel;
    const size: readonly Untimed[] =
      this.#shownChannel === null || terminal === null ? [] : [['r', `${terminal.columns}x${terminal.rows}`]];
    const label = labelOf(`channel ${channel}: ${kind}${detail === null ? '' : ` ${detail}`}`);
    return [...this.#switchTo(channel), ...size, ['m', label]];
  }

  /** Several channels share the one screen of a cast: a line tells them apart. */
  #switchTo(channel: number): readonly Untimed[] {
    const before = this.#shownChannel;
    this.#shownChannel = channel;
    if (before === null || before === channel) return [];
    const kind = this.#channels.get(channel)?.kind ?? 'exec';
    return [['o', `\u001b[0m\r\n\u001b[2m--- channel ${channel}: ${kind} ---\u001b[0m\r\n`]];
  }

  #output({ channel, statement, text }: EventOf<'output'>): readonly Untimed[] {
    const shown = this.#channels.get(channel);
    if (shown === undefined) return [];
    const isOfCommand = statement !== null || shown.kind === 'exec';
    const data = shown.screen.push(isOfCommand ? withCarriageReturns(text, shown.last) : text);
    shown.last = text.slice(-1);
    return data === '' ? [] : [...this.#switchTo(channel), ['o', data]];
  }

  /** In a guided shell the line stands on the screen already. */
  #command(event: EventOf<'statement'>): readonly Untimed[] {
    const { statement, text, verdict } = event;
    const awaiting = this.#awaiting;
    this.#awaiting = null;
    const channel = awaiting ?? this.#prompt;
    if (this.#only !== null && channel !== null && channel !== this.#only) return [];
    const denied = verdict.action === 'deny';
    const label = labelOf(`#${statement} ${verdictInWords(verdict)}: ${text}`);
    if (awaiting === null) return [['m', label]];
    const shown = `\u001b[1m$ ${oneLine(text)}\u001b[0m\r\n`;
    const reason = `\u001b[31m${oneLine(verdict.reason)}\u001b[0m\r\n`;
    return [...this.#switchTo(awaiting), ['o', denied ? shown + reason : shown], ['m', label]];
  }
}

function verdictInWords({ action, rule }: Verdict): string {
  const words = { allow: 'allowed', deny: 'denied', review: 'held' }[action];
  return rule === null ? words : `${words} by ${rule}`;
}

function holdInWords({ statement, hold, state, by }: EventOf<'hold'>): string {
  const people = by.length === 0 ? '' : ` by ${by.map(({ name }) => name).join(', ')}`;
  return `#${statement} ${hold} ${state}${people}`;
}

function labelOf(text: string): string {
  return oneLine(text).slice(0, LABEL_CHARACTERS_MAX);
}

/** A screen needs them; a command without a terminal does not print them. */
function withCarriageReturns(text: string, last: string): string {
  const whole = text.replaceAll(/(?<!\r)\n/g, '\r\n');
  return last === '\r' && text.startsWith('\n') ? whole.slice(1) : whole;
}
