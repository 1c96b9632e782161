/** What a client sends to a running command: handed on as it is, its beginning recorded. */
import { StringDecoder } from 'node:string_decoder';
import type { StatementNumber } from '../../gate.ts';
import type { ChannelRecord } from '../host-session.ts';

/** More is counted only. */
const RECORDED_BYTES_MAX = 65_536;

export class CommandInput {
  readonly #record: ChannelRecord;
  readonly #statement: StatementNumber;
  readonly #decoder = new StringDecoder('utf8');
  #bytes = 0;
  #recordedBytes = 0;
  /** The beginning of a line whose end has not come: masks look at whole lines. */
  #line = '';

  constructor(record: ChannelRecord, statement: StatementNumber) {
    this.#record = record;
    this.#statement = statement;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const room = RECORDED_BYTES_MAX - this.#recordedBytes;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    this.#recordedBytes += part.length;
    const text = this.#line + this.#decoder.write(part);
    const end = text.lastIndexOf('\n') + 1;
    this.#line = text.slice(end);
    if (end > 0) this.#record.input(text.slice(0, end), this.#statement);
  }

  end(): void {
    const rest = this.#line + this.#decoder.end();
    this.#line = '';
    if (rest !== '') this.#record.input(rest, this.#statement);
    if (this.#bytes > this.#recordedBytes) {
      this.#record.mark(`of ${this.#bytes} bytes of input, the first ${this.#recordedBytes} are recorded`);
    }
  }
}
