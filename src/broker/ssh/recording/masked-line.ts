/**
 * What the detecting masks find in a line of a terminal's output. Escape sequences are seen through: a value in two
 * colours is found, and the sequences within it stay. Their own text (a title, a link) is searched as well.
 */
import { isUtf8 } from 'node:buffer';
import type { Detection, Hit } from '../../../policies/detectors/detection.ts';
import { keyEndIn, keyGoesOn } from '../../../policies/detectors/private-key.ts';
import { applyMask, REDACTED } from '../../../policies/masks/apply.ts';
import { type TerminalPart, terminalParts } from '../../../recording/escape-sequences.ts';

/** A place of the line, in bytes, and what is shown there. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
  /** One hit can be several places, with escape sequences between them. */
  readonly first: boolean;
}

export interface MaskedLine {
  /** In order, without overlaps. */
  readonly replacements: readonly Replacement[];
  /** Escape sequences that no cut may divide, in bytes. */
  readonly sequences: readonly { readonly start: number; readonly end: number }[];
  /** A private key began and has not ended. */
  readonly inKey: boolean;
}

/** Shorter sequences are colours and movements. */
const SEARCHED_SEQUENCE_CHARACTERS_MIN = 12;

interface Place {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
  readonly first: boolean;
}

/** @param line without its end; where it is not UTF-8, its bytes are read as characters */
export function maskLine(
  line: Buffer,
  context: { readonly detection: Detection; readonly inKey: boolean },
): MaskedLine {
  const text = line.toString(isUtf8(line) ? 'utf8' : 'latin1');
  const parts = terminalParts(text);
  const visible = parts.filter(({ kind }) => kind === 'text');
  const plain = visible.map(({ start, end }) => text.slice(start, end)).join('');
  const key = keyIn(plain, context);
  const hits = context.detection.hits(plain).filter(({ end }) => end > key.end);
  const places = [
    ...(key.end > 0 ? placesOf({ start: 0, end: key.end }, visible, '') : []),
    ...hits.flatMap((hit) => placesOf(hit, visible, shownFor(hit, plain))),
    ...sequenceHits(text, parts, context.detection),
  ].sort((left, right) => left.start - right.start);
  const toBytes = byteOffsets(text, line.length);
  const replacements = places.map((place) => ({
    ...place,
    start: toBytes(place.start),
    end: toBytes(place.end),
  }));
  const sequences = parts
    .filter(({ kind }) => kind !== 'text')
    .map(({ start, end }) => ({ start: toBytes(start), end: toBytes(end) }));
  return { replacements, sequences, inKey: key.goesOn || hits.some((hit) => keyGoesOn(plainOf(hit, plain))) };
}

/** @returns how much of the line belongs to a key that began on an earlier one */
function keyIn(plain: string, { inKey }: { readonly inKey: boolean }): { end: number; goesOn: boolean } {
  if (!inKey) return { end: 0, goesOn: false };
  const end = keyEndIn(plain);
  return end === null ? { end: plain.length, goesOn: true } : { end, goesOn: false };
}

function plainOf({ start, end }: Hit, plain: string): string {
  return plain.slice(start, end);
}

function shownFor(hit: Hit, plain: string): string {
  return applyMask(hit.how, plainOf(hit, plain)) ?? REDACTED;
}

/** Where a stretch of the visible text stands: what is shown for it comes first, its other places are empty. */
function placesOf(
  stretch: { readonly start: number; readonly end: number },
  visible: readonly TerminalPart[],
  shown: string,
): Place[] {
  const places: Place[] = [];
  let before = 0;
  for (const part of visible) {
    const start = part.start + Math.max(0, stretch.start - before);
    const end = part.start + Math.min(part.end - part.start, stretch.end - before);
    if (start < end) {
      const first = places.length === 0;
      places.push({ start, end, shown: first ? shown : '', first });
    }
    before += part.end - part.start;
  }
  return places;
}

function sequenceHits(text: string, parts: readonly TerminalPart[], detection: Detection): Place[] {
  return parts
    .filter(({ kind, start, end }) => kind !== 'text' && end - start >= SEARCHED_SEQUENCE_CHARACTERS_MIN)
    .flatMap((part) => {
      const own = text.slice(part.start, part.end);
      return detection.hits(own).map((hit) => ({
        start: part.start + hit.start,
        end: part.start + hit.end,
        shown: shownFor(hit, own),
        first: true,
      }));
    });
}

/** From indices into the text to offsets into its bytes, asked for in any order. */
function byteOffsets(text: string, bytes: number): (index: number) => number {
  if (text.length === bytes) return (index) => index;
  return (index) => Buffer.byteLength(text.slice(0, index));
}
