/** Looks for a secret in a heap of bytes, however somebody may have written it down. */

export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

const BITS_PER_BASE64_CHARACTER = 6;

/** @returns the names of the forms in which the secret occurs */
export function formsFound(haystack: Buffer, secret: Buffer): string[] {
  const folded = Buffer.from(haystack.toString('latin1').toLowerCase(), 'latin1');
  const caseless = caselessForms(secret).filter(([, text]) => folded.includes(text.toLowerCase()));
  const exact = exactForms(secret).filter(([, form]) => haystack.includes(form));
  return [...exact, ...caseless].map(([name]) => name);
}

function caselessForms(secret: Buffer): [string, string][] {
  const hex = secret.toString('hex');
  return [
    ['hex', hex],
    ['percent-encoded', hex.replaceAll(/../g, '%$&')],
  ];
}

function exactForms(secret: Buffer): [string, Buffer | string][] {
  const forms: [string, Buffer | string][] = [['plain', secret]];
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const shift of [0, 1, 2])
      forms.push([`${encoding}, shifted by ${shift}`, base64Inside({ secret, encoding, shift })]);
  }
  const url = encodeURIComponent(secret.toString('latin1'));
  return [...forms, ['URL component', url]];
}

/** The characters that stand for the secret alone when it follows `shift` other bytes, whatever comes before and after. */
function base64Inside(of: { secret: Buffer; encoding: 'base64' | 'base64url'; shift: number }): string {
  const { secret, encoding, shift } = of;
  const text = Buffer.concat([Buffer.alloc(shift), secret]).toString(encoding);
  const first = Math.ceil((shift * 8) / BITS_PER_BASE64_CHARACTER);
  const behind = Math.floor(((shift + secret.length) * 8) / BITS_PER_BASE64_CHARACTER);
  return text.slice(first, behind);
}
