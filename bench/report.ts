/** What a bench prints as JSON, and how it gets there from its samples. */

export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly sallyport: number;
  readonly direct: number;
  /** 1 is parity, more is better. */
  readonly ratioToDirect: number;
}

export interface BenchReport {
  readonly bench: string;
  readonly rounds: number;
  readonly results: readonly BenchResult[];
}

export interface Measurement {
  readonly name: string;
  readonly unit: string;
  /** True for rates, false for times. */
  readonly moreIsBetter: boolean;
  readonly run: (route: 'direct' | 'sallyport') => Promise<number>;
}

/** Direct and Sallyport take turns in every round, so that a slow minute of the machine hits both. */
export async function measure(options: {
  readonly bench: string;
  readonly rounds: number;
  readonly measurements: readonly Measurement[];
}): Promise<BenchReport> {
  const samples = options.measurements.map(() => ({ direct: [] as number[], sallyport: [] as number[] }));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const [index, { run }] of options.measurements.entries()) {
      const order = round % 2 === 0 ? (['direct', 'sallyport'] as const) : (['sallyport', 'direct'] as const);
      for (const route of order) samples[index]?.[route].push(await run(route));
    }
  }
  const results = options.measurements.map(({ name, unit, moreIsBetter }, index) => {
    const direct = median(samples[index]?.direct ?? []);
    const sallyport = median(samples[index]?.sallyport ?? []);
    return {
      name,
      unit,
      sallyport,
      direct,
      ratioToDirect: moreIsBetter ? sallyport / direct : direct / sallyport,
    };
  });
  return { bench: options.bench, rounds: options.rounds, results };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[sorted.length % 2 === 0 ? middle - 1 : middle],
    sorted[middle],
  ];
  return (low + high) / 2;
}
