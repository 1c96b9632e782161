/**
 * Bound parameters as they are recorded: text as it is, binary in hexadecimal, long ones cut with their hash.
 * Together they have a limit too, because each Execute of a portal, be it eleven bytes, records them again.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type BindMessage, formatOf } from './codec/frontend-extended.ts';

const PARAMETER_BYTES_MAX = 8_192;
/** As much as a statement may have by default. */
const PARAMETERS_CHARACTERS_MAX = 1_048_576;

/** What is past the limit is one last entry, which tells how many there are and their hash. */
export function boundParameters(
  bind: Pick<BindMessage, 'parameters' | 'parameterFormats'>,
): (string | null)[] {
  const recorded: (string | null)[] = [];
  let characters = 0;
  for (const [index, value] of bind.parameters.entries()) {
    const text = value === null ? null : asText(value, formatOf(bind.parameterFormats, index));
    characters += text?.length ?? 0;
    if (characters > PARAMETERS_CHARACTERS_MAX) return [...recorded, theRest(bind.parameters.slice(index))];
    recorded.push(text);
  }
  return recorded;
}

/** True when nothing of the parameters is cut in the recording, so that people can judge by it. */
export function isRecordedWhole({ parameters }: BindMessage): boolean {
  let bytes = 0;
  return parameters.every((value) => {
    bytes += value?.length ?? 0;
    // Two characters for each byte where it is shown in hexadecimal.
    return (value?.length ?? 0) <= PARAMETER_BYTES_MAX && bytes * 2 <= PARAMETERS_CHARACTERS_MAX / 2;
  });
}

function asText(value: Buffer, format: number): string {
  const kept = value.length > PARAMETER_BYTES_MAX ? value.subarray(0, PARAMETER_BYTES_MAX) : value;
  const text = format === 0 && isUtf8(value) ? kept.toString('utf8') : `\\x${kept.toString('hex')}`;
  if (kept === value) return text;
  const sha256 = createHash('sha256').update(value).digest('hex');
  return `${text}… (${value.length} bytes, SHA-256 ${sha256})`;
}

/** Hashed as Bind carries them: each with its length before it, -1 for NULL. */
function theRest(values: readonly (Buffer | null)[]): string {
  const hash = createHash('sha256');
  const length = Buffer.alloc(4);
  let bytes = 0;
  for (const value of values) {
    length.writeInt32BE(value?.length ?? -1);
    hash.update(length).update(value ?? '');
    bytes += value?.length ?? 0;
  }
  return `… (${values.length} more parameters, ${bytes} bytes, SHA-256 ${hash.digest('hex')})`;
}
