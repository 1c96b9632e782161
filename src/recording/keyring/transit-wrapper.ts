/**
 * The transit engine of HashiCorp Vault or OpenBao: it keeps a key and wraps ours with it. See
 * https://developer.hashicorp.com/vault/api-docs/secret/transit. Wrapping anew is a decryption and an encryption, not
 * `rewrap`: that one does not take the associated data that binds a wrapped key to its place.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import { formatDuration } from '../../core/duration.ts';
import { AppError, messageOf, quoted } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { ROOT_KEY_BYTES } from '../../store/sealing.ts';
import { type KeyWrapper, WRAPPED_BYTES_MAX } from './wrapper.ts';

export interface TransitSettings {
  /** Such as `https://vault.example.com:8200`. */
  readonly address: URL;
  /** Where the engine is mounted: `transit`. */
  readonly mount: string;
  /** Of the key. */
  readonly key: string;
  readonly namespace: string | null;
  /** Read for each request: whoever renews it need not tell us. */
  readonly token: () => Secret<string>;
  /** PEM; null for those that the system trusts. */
  readonly ca: string | null;
  readonly timeoutMs: number;
}

const ANSWER_BYTES_MAX = 1_048_576;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const BAD_REQUEST = 400;
const SEALED = 503;

const ENCRYPTED = z.looseObject({ data: z.looseObject({ ciphertext: z.string().min(1) }) });
const DECRYPTED = z.looseObject({
  data: z.looseObject({ plaintext: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/) }),
});
const ERRORS = z.looseObject({ errors: z.array(z.string()) });

export function transitWrapper(settings: TransitSettings): KeyWrapper {
  const { address, mount, key } = settings;
  const name = `transit key ${mount}/${key} at ${address.host}`;
  const associated = (context: string): string => Buffer.from(context).toString('base64');
  return {
    name,
    isRemote: true,
    wrap: async (plaintext, context) => {
      const answer = ENCRYPTED.safeParse(
        await call(settings, 'encrypt', {
          plaintext: Buffer.from(plaintext).toString('base64'),
          associated_data: associated(context),
        }),
      );
      const wrapped = answer.success ? Buffer.from(answer.data.data.ciphertext, 'utf8') : null;
      if (wrapped === null || wrapped.length > WRAPPED_BYTES_MAX)
        throw unavailable(settings, 'answered without a ciphertext');
      return wrapped;
    },
    unwrap: async (wrapped, context) => {
      const answer = DECRYPTED.safeParse(
        await call(settings, 'decrypt', {
          ciphertext: Buffer.from(wrapped).toString('utf8'),
          associated_data: associated(context),
        }),
      );
      const opened = answer.success ? Buffer.from(answer.data.data.plaintext, 'base64') : null;
      if (opened?.length !== ROOT_KEY_BYTES)
        throw unavailable(settings, 'answered without a key of 32 bytes');
      return opened;
    },
  };
}

/** @throws AppError `unavailable`, saying what to look at; `config_invalid` for what it did not wrap */
async function call(
  settings: TransitSettings,
  operation: 'encrypt' | 'decrypt',
  body: object,
): Promise<unknown> {
  const { status, text } = await post(settings, operation, JSON.stringify(body));
  const answer = parseJson(text);
  if (status >= 200 && status < 300) return answer;
  const errors = ERRORS.safeParse(answer);
  const said = quoted(errors.success ? errors.data.errors.join('; ') : '');
  const reason = `answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (operation === 'decrypt' && status === BAD_REQUEST) {
    throw new AppError('config_invalid', `${described(settings)} ${reason}`);
  }
  throw unavailable(settings, `${reason}${adviceFor(settings, { status, operation })}`);
}

function adviceFor(
  { mount, key }: TransitSettings,
  { status, operation }: { status: number; operation: string },
): string {
  switch (status) {
    case FORBIDDEN:
      return `. Its token has ended, or its policy does not allow "update" on ${mount}/${operation}/${key}`;
    case NOT_FOUND:
      return `. Is the transit engine mounted at ${mount}, and the namespace right?`;
    case BAD_REQUEST:
      return `. Is there a key of type aes256-gcm96 or chacha20-poly1305: vault write -f ${mount}/keys/${key}?`;
    case SEALED:
      return '. It is sealed, or on standby';
    default:
      return '';
  }
}

function post(
  settings: TransitSettings,
  operation: string,
  body: string,
): Promise<{ status: number; text: string }> {
  const { address, mount, key, namespace, ca, timeoutMs } = settings;
  const isEncrypted = address.protocol === 'https:';
  const base = address.pathname.replace(/\/$/, '');
  const path = [base, 'v1', ...mount.split('/').map(encodeURIComponent), operation, encodeURIComponent(key)];
  const token = settings.token().reveal();
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: unknown): void => {
      const why = signal.aborted
        ? `did not answer within ${formatDuration(timeoutMs)}`
        : `cannot be reached (${messageOf(error) || 'no reason given'})`;
      reject(unavailable(settings, why, error));
    };
    const sent = (isEncrypted ? httpsRequest : httpRequest)(
      new URL(path.join('/'), address),
      {
        method: 'POST',
        signal,
        agent: false,
        headers: {
          'x-vault-token': token,
          'x-vault-request': 'true',
          ...(namespace === null ? {} : { 'x-vault-namespace': namespace }),
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Sallyport',
        },
        ...(isEncrypted
          ? { minVersion: 'TLSv1.2' as const, rejectUnauthorized: true, ...(ca === null ? {} : { ca }) }
          : {}),
      },
      (response) => readAnswer(response).then(resolve, fail),
    );
    sent.once('error', fail);
    sent.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<{ status: number; text: string }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      response.destroy();
      throw new Error('its answer is larger than 1 MiB');
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

function described({ mount, key, address }: TransitSettings): string {
  return `the transit key ${mount}/${key} at ${address.host}`;
}

function unavailable(settings: TransitSettings, what: string, cause?: unknown): AppError {
  return new AppError('unavailable', `${described(settings)} ${what}`, { cause });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
