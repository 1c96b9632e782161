/** The detecting masks of a resource at work on texts: what is found is shown under the mask that names it. */
import type { Secret } from '../../core/secret.ts';
import type { Mask } from '../document/schema.ts';
import { type AppliedMask, appliedMask, applyMask, REDACTED } from '../masks/apply.ts';
import { type Detector, NO_CLUE, type Span } from './detector.ts';
import { detectorsNamed } from './table.ts';

interface Detecting {
  readonly detector: Detector;
  readonly how: AppliedMask;
}

export interface Hit extends Span {
  readonly how: AppliedMask;
}

export interface MaskedText {
  /** With every hit replaced; a mask that shows NULL redacts here. */
  readonly text: string;
  readonly hits: readonly Hit[];
}

export class Detection {
  readonly #detecting: readonly Detecting[];
  readonly detectors: readonly Detector[];

  constructor(detecting: readonly Detecting[]) {
    this.#detecting = detecting;
    this.detectors = detecting.map(({ detector }) => detector);
  }

  /** False only when nothing in these UTF-8 bytes can be a hit. */
  suspects(bytes: Uint8Array): boolean {
    return this.detectors.some((detector) => detector.clueIn(bytes, 0) !== NO_CLUE);
  }

  /** In order and without overlaps; where different masks meet, the place is redacted. */
  hits(text: string): Hit[] {
    const all = this.#detecting.flatMap(({ detector, how }) =>
      detector.find(text).map((span) => ({ ...span, how })),
    );
    const ordered = all.sort((left, right) => left.start - right.start);
    const found: Hit[] = [];
    for (const hit of ordered) {
      const last = found.at(-1);
      if (last === undefined || hit.start >= last.end) found.push(hit);
      else if (hit.end > last.end || hit.how !== last.how) {
        const how: AppliedMask = hit.how === last.how ? hit.how : 'redact';
        found[found.length - 1] = { start: last.start, end: Math.max(last.end, hit.end), how };
      }
    }
    return found;
  }

  /** @returns null when nothing was found */
  mask(text: string): MaskedText | null {
    const hits = this.hits(text);
    return hits.length === 0 ? null : { text: withMasks(text, hits), hits };
  }
}

/** The text with its hits as their masks show them. */
export function withMasks(text: string, hits: readonly Hit[]): string {
  let shown = '';
  let at = 0;
  for (const { start, end, how } of hits) {
    shown += text.slice(at, start) + (applyMask(how, text.slice(start, end)) ?? REDACTED);
    at = end;
  }
  return shown + text.slice(at);
}

/** @returns null when none of the masks detects anything, so that results need not be read */
export function createDetection(
  masks: readonly Mask[],
  options: { readonly hashKey: Secret<Buffer> | null },
): Detection | null {
  const detecting = masks.flatMap(({ detect, with: how }) =>
    detectorsNamed(detect ?? []).map((detector) => ({ detector, how: appliedMask(how, options.hashKey) })),
  );
  return detecting.length === 0 ? null : new Detection(detecting);
}

/**
 * A text for people who need not see what the masks would hide: a statement on a card, say. Everything found is
 * redacted, whatever its mask.
 * @param names of detectors, as in `detect`
 */
export function maskDetected(text: string, names: readonly string[]): { text: string; found: number } {
  const detection = redactionOf(names);
  if (!detection.suspects(Buffer.from(text, 'utf8'))) return { text, found: 0 };
  const masked = detection.mask(text);
  return masked === null ? { text, found: 0 } : { text: masked.text, found: masked.hits.length };
}

/** Whoever masks many texts passes the same list. */
const REDACTIONS = new WeakMap<readonly string[], Detection>();

function redactionOf(names: readonly string[]): Detection {
  const known = REDACTIONS.get(names);
  if (known !== undefined) return known;
  const detecting = detectorsNamed(names).map((detector) => ({ detector, how: 'redact' as const }));
  const detection = new Detection(detecting);
  REDACTIONS.set(names, detection);
  return detection;
}

/** The names that the masks detect, for `maskDetected`. */
export function detectedNames(masks: readonly Mask[]): string[] {
  return [...new Set(masks.flatMap(({ detect }) => detect ?? []))];
}
