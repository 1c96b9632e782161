/** What a bench prints as JSON, and how it gets there from its samples. */

/** The ways to the target that are compared: each takes its turn in every round. */
export const ROUTES = ['direct', 'pgbouncer', 'bareRelay', 'sallyport'] as const;
export type Route = (typeof ROUTES)[number];

export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly sallyport: number;
  readonly direct: number;
  /** Null where the peer was not measured. */
  readonly pgbouncer: number | null;
  /** 1 is parity, more is better. */
  readonly ratioToDirect: number;
  readonly ratioToPgbouncer: number | null;
  /** A relay in Node that only copies bytes; null where it was not measured. */
  readonly bareRelay: number | null;
  /** How that relay compares: what the broker could reach here if it did nothing. */
  readonly bareRelayToPgbouncer: number | null;
}

/** What one thing costs, without anything to compare it with. */
export interface BenchCost {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
}

export interface BenchReport {
  readonly bench: string;
  readonly rounds: number;
  readonly results: readonly BenchResult[];
  readonly costs: readonly BenchCost[];
}

export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** True for rates, false for times. */
  readonly moreIsBetter: boolean;
  readonly routes: readonly Route[];
  readonly run: (route: Route) => Promise<number>;
}

/**
 * The routes take turns in every round, in changing order, so that a slow minute of the machine hits all.
 * Prints which round it is to stderr.
 */
export async function measure(options: {
  readonly rounds: number;
  readonly measurements: readonly Measurement[];
}): Promise<BenchResult[]> {
  const samples = options.measurements.map(() => ({
    direct: [] as number[],
    pgbouncer: [] as number[],
    bareRelay: [] as number[],
    sallyport: [] as number[],
  }));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, { name, routes, run }] of options.measurements.entries()) {
      process.stderr.write(`round ${round + 1} of ${options.rounds}: ${name}\n`);
      for (const route of rotate(routes, round)) samples[index]?.[route].push(await run(route));
    }
  }
  return options.measurements.map(({ name, unit, moreIsBetter }, index) => {
    const medianOf = (route: Route): number | null => {
      const own = samples[index]?.[route] ?? [];
      return own.length === 0 ? null : median(own);
    };
    const direct = medianOf('direct') ?? Number.NaN;
    const sallyport = medianOf('sallyport') ?? Number.NaN;
    const pgbouncer = medianOf('pgbouncer');
    const bareRelay = medianOf('bareRelay');
    const ratio = (one: number, other: number): number => (moreIsBetter ? one / other : other / one);
    return {
      name,
      unit,
      sallyport,
      direct,
      pgbouncer,
      ratioToDirect: ratio(sallyport, direct),
      ratioToPgbouncer: pgbouncer === null ? null : ratio(sallyport, pgbouncer),
      bareRelay,
      bareRelayToPgbouncer: pgbouncer === null || bareRelay === null ? null : ratio(bareRelay, pgbouncer),
    };
  });
}

function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param share between 0 and 1; 0.99 is the 99th percentile */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
