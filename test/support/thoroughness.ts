/**
 * How much of a random or an exhaustive test is done: a share by day, where the next run takes another, and all of it
 * at night with `npm run test:soak`.
 */
const BY_NIGHT = process.env['SALLYPORT_THOROUGH'] === '1';

/** Of a random test. */
export function tries(count: { readonly byDay: number; readonly byNight: number }): number {
  return BY_NIGHT ? count.byNight : count.byDay;
}

/** By day every so many of them, from one that is random. */
export function share<T>(items: readonly T[], every: number): readonly T[] {
  const step = BY_NIGHT ? 1 : every;
  const phase = Math.floor(Math.random() * Math.min(step, items.length));
  return items.filter((_, index) => index % step === phase);
}

/**
 * The places of a file at which something happens to it: by day those at both edges, and in between every so many
 * from one that is random.
 * @param range.to not included
 */
export function places(range: {
  readonly from: number;
  readonly to: number;
  readonly edge: number;
  readonly every: number;
}): readonly number[] {
  const { from, to, edge, every } = range;
  const step = BY_NIGHT ? 1 : every;
  const phase = Math.floor(Math.random() * step);
  return Array.from({ length: to - from }, (_, index) => from + index).filter(
    (at) => at < from + edge || at >= to - edge || (at - from) % step === phase,
  );
}
