/** Bound parameters as they are recorded: text as it is, binary in hexadecimal, long ones cut with their hash. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type BindMessage, formatOf } from './codec/frontend-extended.ts';

const PARAMETER_BYTES_MAX = 8_192;

export function boundParameters(bind: BindMessage): (string | null)[] {
  return bind.parameters.map((value, index) =>
    value === null ? null : asText(value, formatOf(bind.parameterFormats, index)),
  );
}

function asText(value: Buffer, format: number): string {
  const kept = value.length > PARAMETER_BYTES_MAX ? value.subarray(0, PARAMETER_BYTES_MAX) : value;
  const text = format === 0 && isUtf8(value) ? kept.toString('utf8') : `\\x${kept.toString('hex')}`;
  if (kept === value) return text;
  const sha256 = createHash('sha256').update(value).digest('hex');
  return `${text}… (${value.length} bytes, SHA-256 ${sha256})`;
}
