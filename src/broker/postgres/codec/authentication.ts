/** Authentication requests of the backend and the SASL answers of the client. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { BACKEND, FRONTEND } from './message-types.ts';

const MECHANISMS_MAX = 20;

export type AuthenticationRequest =
  | { readonly kind: 'ok' }
  | { readonly kind: 'cleartext' }
  | { readonly kind: 'md5'; readonly salt: Buffer }
  | { readonly kind: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly kind: 'sasl-continue'; readonly data: string }
  | { readonly kind: 'sasl-final'; readonly data: string }
  /** A method we do not speak: GSSAPI, SSPI … */
  | { readonly kind: 'other'; readonly method: string };

const METHODS: Readonly<Record<number, string>> = {
  2: 'Kerberos V5',
  7: 'GSSAPI',
  9: 'SSPI',
};

export function parseAuthenticationRequest(body: Buffer): AuthenticationRequest {
  const reader = new BodyReader(body, 'Authentication');
  const code = reader.int32();
  switch (code) {
    case 0:
      return { kind: 'ok' };
    case 3:
      return { kind: 'cleartext' };
    case 5:
      return { kind: 'md5', salt: reader.take(4) };
    case 10: {
      const mechanisms: string[] = [];
      while (mechanisms.length < MECHANISMS_MAX) {
        const mechanism = reader.string();
        if (mechanism === '') break;
        mechanisms.push(mechanism);
      }
      return { kind: 'sasl', mechanisms };
    }
    case 11:
      return { kind: 'sasl-continue', data: reader.take(reader.remaining).toString('utf8') };
    case 12:
      return { kind: 'sasl-final', data: reader.take(reader.remaining).toString('utf8') };
    default:
      return { kind: 'other', method: METHODS[code] ?? `method ${code}` };
  }
}

export function encodeAuthenticationOk(): Buffer {
  return new BodyWriter().int32(0).message(BACKEND.authentication);
}

export function encodeSasl(mechanisms: readonly string[]): Buffer {
  const writer = new BodyWriter().int32(10);
  for (const mechanism of mechanisms) writer.string(mechanism);
  return writer.int8(0).message(BACKEND.authentication);
}

export function encodeSaslContinue(data: string): Buffer {
  return new BodyWriter().int32(11).bytes(Buffer.from(data, 'utf8')).message(BACKEND.authentication);
}

export function encodeSaslFinal(data: string): Buffer {
  return new BodyWriter().int32(12).bytes(Buffer.from(data, 'utf8')).message(BACKEND.authentication);
}

export function parseSaslInitialResponse(body: Buffer): {
  readonly mechanism: string;
  readonly data: string;
} {
  const reader = new BodyReader(body, 'SASLInitialResponse');
  const mechanism = reader.string();
  const data = reader.value() ?? Buffer.alloc(0);
  reader.end();
  return { mechanism, data: data.toString('utf8') };
}

/** PasswordMessage: the password itself, or an md5 of it, as text. */
export function encodePassword(text: string): Buffer {
  return new BodyWriter().string(text).message(FRONTEND.authentication);
}

export function encodeSaslInitialResponse(options: {
  readonly mechanism: string;
  readonly data: string;
}): Buffer {
  return new BodyWriter()
    .string(options.mechanism)
    .value(Buffer.from(options.data, 'utf8'))
    .message(FRONTEND.authentication);
}

export function encodeSaslResponse(data: string): Buffer {
  return new BodyWriter().bytes(Buffer.from(data, 'utf8')).message(FRONTEND.authentication);
}
