/**
 * Checks a client's secret by SCRAM-SHA-256 (with channel binding over TLS). An unknown handle, a wrong
 * secret and an ended grant all fail at the same point, after the same messages, with the same words.
 */

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { HANDLE_PATTERN, type ScramVerifier } from '../../core/grant.ts';
import {
  encodeSasl,
  encodeSaslContinue,
  encodeSaslFinal,
  parseSaslInitialResponse,
} from './codec/authentication.ts';
import { AUTHENTICATION_BYTES_MAX } from './codec/limits.ts';
import { FRONTEND } from './codec/message-types.ts';
import { violation } from './codec/violation.ts';
import { readMessage } from './handshake-reader.ts';
import { SCRAM_SHA_256, SCRAM_SHA_256_PLUS } from './scram/messages.ts';
import { beginScramServer, inventVerifier } from './scram/server.ts';

/** RFC 7677's least, which the verifiers of connection secrets use: 160 random bits need no more. */
const ITERATIONS = 4_096;
const NONCE_BYTES = 18;
/** Makes guessing slow for one connection; how many connections there may be is the listener's limit. */
const FAILURE_DELAY_MS = 750;

export interface ClientAuthentication {
  readonly lookUpVerifier: (handle: string) => Promise<ScramVerifier | null>;
  readonly random: (bytes: number) => Uint8Array;
  /** Random for the life of the process. */
  readonly mockKey: Uint8Array;
}

/**
 * Returns when the client has proven that it knows the secret of `handle`; AuthenticationOk is not sent yet.
 * @throws AppError `unauthenticated`, with the SQLSTATE to answer
 */
export async function authenticateClient(
  socket: Socket,
  options: ClientAuthentication & { readonly handle: string; readonly certificateHash: Buffer | null },
): Promise<void> {
  const offered = options.certificateHash === null ? [SCRAM_SHA_256] : [SCRAM_SHA_256_PLUS, SCRAM_SHA_256];
  socket.write(encodeSasl(offered));
  const initial = parseSaslInitialResponse(await readAuthenticationMessage(socket));
  if (!offered.includes(initial.mechanism))
    throw violation('The client chose a mechanism that was not offered');
  const { verifier, genuine } = await findVerifier(options);
  const exchange = beginScramServer({
    clientFirst: initial.data,
    mechanism: initial.mechanism,
    verifier,
    genuine,
    certificateHash: options.certificateHash,
    nonce: Buffer.from(options.random(NONCE_BYTES)).toString('base64'),
  });
  socket.write(encodeSaslContinue(exchange.serverFirst));
  const answer = exchange.finish((await readAuthenticationMessage(socket)).toString('utf8'));
  if (answer === null) {
    await sleep(FAILURE_DELAY_MS);
    throw wrongSecret(options.handle);
  }
  socket.write(encodeSaslFinal(answer));
}

async function findVerifier(
  options: ClientAuthentication & { readonly handle: string },
): Promise<{ verifier: ScramVerifier; genuine: boolean }> {
  const { handle } = options;
  const stored = HANDLE_PATTERN.test(handle) ? await options.lookUpVerifier(handle) : null;
  if (stored !== null) return { verifier: stored, genuine: true };
  return {
    verifier: inventVerifier({ handle, key: options.mockKey, iterations: ITERATIONS }),
    genuine: false,
  };
}

async function readAuthenticationMessage(socket: Socket): Promise<Buffer> {
  const message = await readMessage(socket, AUTHENTICATION_BYTES_MAX);
  if (message.type !== FRONTEND.authentication) throw violation('An authentication message was expected');
  return message.body;
}

function wrongSecret(handle: string): AppError {
  const shown = HANDLE_PATTERN.test(handle) ? handle : 'this user';
  const who = shown === handle ? `"${handle}"` : shown;
  const reason = HANDLE_PATTERN.test(handle)
    ? 'the secret may have been replaced by a newer reveal, or the grant has ended'
    : 'the user name is the handle of a grant, such as g-abcd2345. Ask for one in chat: /access request';
  return new AppError('unauthenticated', `password authentication failed for ${who}: ${reason}`, {
    context: { sqlState: '28P01' },
  });
}
