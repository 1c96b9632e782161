/**
 * Asks the service that keeps the tickets whether one is good. Whatever goes wrong makes it not good, and says why:
 * a service that is down gives no access.
 */

import type { TicketSource } from '../../access/ports.ts';
import { after, type Clock } from '../../core/clock.ts';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { TicketAnswer } from '../../policies/access/ticket.ts';
import type { SecretReference, TicketLookup } from '../../policies/document/schema.ts';
import { getJson, type JsonAnswer } from '../get-json.ts';
import { atPointer } from './json-pointer.ts';

export interface TicketSettings {
  readonly clock: Clock;
  readonly readSecret: (reference: SecretReference) => Secret<string>;
  /** Is told when the service does not answer, and why. */
  readonly report: (fault: { readonly lookup: string; readonly problem: string }) => void;
}

interface Kept {
  readonly answer: Promise<TicketAnswer>;
  until: Date;
}

const KEPT_MAX = 10_000;
/** A ticket that was not good may be mended and tried again. */
const REFUSAL_KEPT_MS_MAX = 5_000;
const VALUE_CHARACTERS_MAX = 60;

export function createTicketSource(settings: TicketSettings): TicketSource {
  const kept = new Map<string, Kept>();
  return {
    look: (lookup, ticket) => {
      const key = JSON.stringify([lookup, ticket]);
      const now = settings.clock.now();
      const known = kept.get(key);
      if (known !== undefined && now < known.until) return known.answer;
      if (kept.size >= KEPT_MAX) kept.clear();
      // While it is asked, everybody waits for the same answer.
      const entry: Kept = { answer: ask(lookup, ticket, settings), until: after(now, lookup.timeout) };
      kept.set(key, entry);
      void entry.answer.then(({ good }) => {
        const keptForMs = good ? lookup.cacheFor : Math.min(lookup.cacheFor, REFUSAL_KEPT_MS_MAX);
        entry.until = after(settings.clock.now(), keptForMs);
      });
      return entry.answer;
    },
  };
}

async function ask(lookup: TicketLookup, ticket: string, settings: TicketSettings): Promise<TicketAnswer> {
  // As a part of a path these two mean another place, however they are written.
  if (ticket === '.' || ticket === '..') return notGood('that is no name of a ticket');
  try {
    const answer = await getJson({
      url: new URL(lookup.url.replaceAll('{ticket}', () => encodeURIComponent(ticket.toWellFormed()))),
      headers: authorization(lookup, settings),
      timeoutMs: lookup.timeout,
    });
    return judge(lookup, answer);
  } catch (error) {
    settings.report({ lookup: lookup.name, problem: messageOf(error) });
    // What else can go wrong names what whoever asks for access need not know: a variable of the server, a path.
    const problem = isAppError(error, 'unavailable')
      ? error.message
      : 'the log of Sallyport says why; tell whoever runs it';
    return notGood(`${lookup.name} could not be asked about it: ${problem}`);
  }
}

function authorization(lookup: TicketLookup, { readSecret }: TicketSettings): Record<string, string> {
  if (lookup.token === undefined) return {};
  const token = readToken(lookup.token, readSecret);
  return {
    authorization:
      lookup.authorization === 'basic' ? `Basic ${Buffer.from(token).toString('base64')}` : `Bearer ${token}`,
  };
}

/** A secret that cannot be read says where it was sought; that is for whoever runs this. */
function readToken(reference: SecretReference, readSecret: TicketSettings['readSecret']): string {
  try {
    return readSecret(reference).reveal();
  } catch (error) {
    throw new AppError('config_invalid', messageOf(error), { cause: error });
  }
}

function judge({ name, expect }: TicketLookup, { status, body }: JsonAnswer): TicketAnswer {
  if (status === 404) return notGood(`${name} does not know it`);
  if (status === 401 || status === 403) return notGood(`${name} does not let Sallyport see it (${status})`);
  if (!expect.status.includes(status)) return notGood(`${name} answered ${status}`);
  const { pointer, equals } = expect;
  if (pointer === undefined || equals === undefined) return { good: true };
  const value = atPointer(body, pointer);
  const accepted = Array.isArray(equals) ? equals : [equals];
  if (accepted.some((one) => one === value)) return { good: true };
  if (value === undefined) return notGood(`${name} says nothing at ${pointer}`);
  const shown = JSON.stringify(value).slice(0, VALUE_CHARACTERS_MAX);
  const wanted = accepted.map((one) => JSON.stringify(one)).join(' or ');
  return notGood(`${name} says ${shown} at ${pointer}, and ${wanted} is wanted`);
}

function notGood(reason: string): TicketAnswer {
  return { good: false, reason };
}
