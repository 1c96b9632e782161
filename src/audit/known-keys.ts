/**
 * The keys that a walk along the log may trust: the one that it was given, those that follow from it, and those that the
 * log itself tells of, each vouched for by the one before. Once the log says that a key was replaced, it signs nothing
 * any more.
 */
import { type EndorsedKey, isEndorsedBy, type PublicKey, type TrustedKey } from '../store/signing-chain.ts';
import type { LoggedEvent } from './logged-event.ts';
import { NEW_SIGNING_KEY, newSigningKeyIn } from './new-signing-key.ts';

const SHORT_CHARACTERS = 12;

export class KnownKeys {
  readonly #first: PublicKey;
  readonly #following: EndorsedKey[];
  /** Which of them signs here at the least: 0 is the first. */
  #inForce = 0;
  /** Of the event that said so. */
  #since = 0;

  constructor({ key, sha256, following = [] }: TrustedKey) {
    this.#first = { key, sha256 };
    this.#following = [...following];
  }

  /** All that is known by now. */
  get trusted(): TrustedKey {
    return this.#following.length === 0 ? this.#first : { ...this.#first, following: [...this.#following] };
  }

  /** @returns the key that may sign here, or why none of this name may */
  find(sha256: string): PublicKey | string {
    const keys: readonly PublicKey[] = [this.#first, ...this.#following];
    const at = keys.findIndex((key) => key.sha256 === sha256);
    const key = keys[at];
    if (key === undefined) return `this key is ${short(this.#first.sha256)}${this.#others()}`;
    if (at >= this.#inForce) return key;
    return `event ${this.#since} had replaced that one by ${short(keys[this.#inForce]?.sha256 ?? '')}`;
  }

  /** Takes up what an event says of a new key. @returns what is wrong with it */
  follow(event: LoggedEvent): string | null {
    if (event.type !== NEW_SIGNING_KEY) return null;
    const told = newSigningKeyIn(event);
    const { sequence } = event;
    if (told === null) return `event ${sequence} tells of a new signing key and does not say which`;
    const keys: readonly PublicKey[] = [this.#first, ...this.#following];
    const before = keys.findIndex(({ sha256 }) => sha256 === told.previousSha256);
    const named = `event ${sequence} says that key ${short(told.previousSha256)} was replaced by ${short(told.key.sha256)}`;
    const previous = keys[before];
    // What came before the key that somebody was given is not theirs to judge.
    if (previous === undefined)
      return told.key.sha256 === this.#first.sha256
        ? null
        : `${named}, and none of the keys known is that one`;
    if (before < this.#inForce) return `${named}, and event ${this.#since} had replaced it already`;
    if (!isEndorsedBy(previous, told.key)) return `${named}, and that key did not endorse it`;
    const next = this.#following[before];
    if (next !== undefined && next.sha256 !== told.key.sha256)
      return `${named}, and the file of public keys names ${short(next.sha256)} in its place`;
    if (next === undefined) this.#following.push(told.key);
    this.#inForce = before + 1;
    this.#since = sequence;
    return null;
  }

  #others(): string {
    const { length } = this.#following;
    return length === 0 ? '' : `, and those that follow from it are ${length} others`;
  }
}

function short(sha256: string): string {
  return `${sha256.slice(0, SHORT_CHARACTERS)}…`;
}
