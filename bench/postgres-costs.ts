import type { BenchSetup } from './postgres-setup.ts';
import type { BenchCost } from './report.ts';
export async function measureCosts(_setup: BenchSetup, _directory: string): Promise<BenchCost[]> {
  return [];
}
