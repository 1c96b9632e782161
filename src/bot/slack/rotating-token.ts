/**
 * A bot token that rotates. It expires after twelve hours: whoever needs it first exchanges it well before, for all
 * replicas. What was exchanged is sealed by a key that is derived from the app's client secret, without which nobody
 * could exchange it either.
 */
import type { AccessContext } from '../../access/context.ts';
import {
  exchangeRotatingToken,
  type KeptToken,
  readRotatingToken,
  sealingKeyFrom,
  seedOf,
  type TokenPair,
} from '../../access/rotating-token.ts';
import { after } from '../../core/clock.ts';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { BotLogger } from '../bot-context.ts';
import { createSlackClient, type SlackToken } from './client.ts';

export interface RotationSettings {
  readonly clientId: string;
  readonly clientSecret: Secret<string>;
  /** The one that the app was installed with. */
  readonly refreshToken: Secret<string>;
}

/** Hours in which somebody can do something about it when Slack does not give another one. */
export const EXCHANGED_BEFORE_MS = 2 * 3_600_000;
/** After an attempt that failed, while the one in force still works. */
const AGAIN_AFTER_MS = 60_000;
const CLIENT_SECRET_CHARACTERS_MIN = 16;
/** What Slack gives; taken where it does not say. */
const LASTS_SECONDS = 43_200;

/** @throws AppError `config_invalid` for a client secret that cannot be one */
export function rotatingToken(
  context: Pick<AccessContext, 'store' | 'clock' | 'random'>,
  options: {
    readonly rotation: RotationSettings;
    /** With a slash at the end. */
    readonly apiUrl: string;
    readonly logger: BotLogger;
  },
): SlackToken {
  const { rotation, logger } = options;
  const { clock } = context;
  const seed = seedOf(rotation.refreshToken);
  const named = { ...tokenNameOf(rotation), seedSha256: seed };
  let inForce: KeptToken | null = null;
  let notBefore = new Date(0);
  let exchanging: Promise<KeptToken> | null = null;
  /** What Slack gave for a refresh token, until it is in the store: that refresh token is used up. */
  let unkept: { readonly spent: string; readonly pair: TokenPair } | null = null;

  const lasts = ({ expiresAt }: KeptToken, forMs: number): boolean => expiresAt > after(clock.now(), forMs);

  /** What was kept; when nothing that began with our refresh token is, that one. */
  const exchange = async (
    known: KeptToken | null,
  ): Promise<{ readonly pair: TokenPair; readonly seedSha256: string }> => {
    const ours = { refreshToken: rotation.refreshToken, seedSha256: seed };
    const tries = known === null ? [ours] : known.seedSha256 === seed ? [known] : [ours, known];
    for (const [index, { refreshToken, seedSha256 }] of tries.entries()) {
      try {
        const spent = refreshToken.reveal();
        if (unkept?.spent !== spent) {
          unkept = { spent, pair: await askSlack({ ...options, now: clock.now() }, refreshToken) };
        }
        return { pair: unkept.pair, seedSha256 };
      } catch (error) {
        if (index === tries.length - 1 || !isSpent(error)) throw error;
      }
    }
    throw new Error('there is always one to try');
  };

  const renew = (isStale: (known: KeptToken | null) => boolean): Promise<KeptToken> => {
    exchanging ??= exchangeRotatingToken(context, { ...named, isStale, exchange })
      .then((kept) => {
        inForce = kept;
        unkept = null;
        return kept;
      })
      .finally(() => {
        exchanging = null;
      });
    return exchanging;
  };

  const isStale = (known: KeptToken | null): boolean => known === null || !lasts(known, EXCHANGED_BEFORE_MS);

  /** One that still works is used on, whatever keeps us from the next. */
  const renewInTime = async (known: KeptToken): Promise<KeptToken> => {
    if (clock.now() < notBefore) return known;
    try {
      return await renew(isStale);
    } catch (error) {
      notBefore = after(clock.now(), AGAIN_AFTER_MS);
      const facts = { reason: messageOf(error), expiresAt: known.expiresAt };
      logger.error(facts, 'the bot token of Slack could not be exchanged; it works until it expires');
      return known;
    }
  };

  return {
    current: async () => {
      if (inForce === null || isStale(inForce))
        inForce = (await readRotatingToken(context, named)) ?? inForce;
      if (inForce === null || !lasts(inForce, 0)) return (await renew(isStale)).accessToken;
      return (isStale(inForce) ? await renewInTime(inForce) : inForce).accessToken;
    },
    refused: async (token) => {
      const isIt = (kept: KeptToken | null): boolean => kept?.accessToken.reveal() === token.reveal();
      if (!isIt(inForce)) return true;
      if (clock.now() < notBefore) return false;
      notBefore = after(clock.now(), AGAIN_AFTER_MS);
      return !isIt(await renew((known) => known === null || isIt(known)));
    },
  };
}

/** How the tokens of an app are kept. @throws AppError `config_invalid` as `rotatingToken` */
function tokenNameOf({ clientId, clientSecret }: Pick<RotationSettings, 'clientId' | 'clientSecret'>): {
  readonly name: string;
  readonly sealingKey: Secret<Buffer>;
} {
  const secret = clientSecret.reveal();
  if (secret.length < CLIENT_SECRET_CHARACTERS_MIN) {
    throw new AppError(
      'config_invalid',
      `chat.slack.rotation.clientSecret has fewer than ${CLIENT_SECRET_CHARACTERS_MIN} characters: it cannot be Slack's.`,
    );
  }
  return { name: `slack:${clientId}`, sealingKey: sealingKeyFrom(clientSecret) };
}

async function askSlack(
  { rotation, apiUrl, now }: { rotation: RotationSettings; apiUrl: string; now: Date },
  refreshToken: Secret<string>,
): Promise<TokenPair> {
  // Once: a refresh token that was answered for is gone.
  const answer = await createSlackClient({ token: null, apiUrl }).call('exchange the bot token', (web) =>
    web.oauth.v2.access({
      client_id: rotation.clientId,
      client_secret: rotation.clientSecret.reveal(),
      grant_type: 'refresh_token',
      refresh_token: refreshToken.reveal(),
    }),
  );
  const { access_token: next, refresh_token: nextRefresh, expires_in: seconds = LASTS_SECONDS } = answer;
  if (next === undefined || nextRefresh === undefined) {
    throw new AppError('unavailable', 'Slack exchanged the bot token and did not say for which.');
  }
  return {
    accessToken: new Secret(next),
    refreshToken: new Secret(nextRefresh),
    expiresAt: after(now, seconds * 1_000),
  };
}

/** It was exchanged before, or never was one. */
function isSpent(error: unknown): boolean {
  return isAppError(error) && error.context['slackError'] === 'invalid_refresh_token';
}
