/**
 * Keeps the analyses of recent texts. Prepared statements and generated queries repeat their text to the
 * letter; literals make other texts unique, so the cache is small and forgets what was used longest ago.
 */
import { type AnalysisLimits, analyzeSql, type DatabaseFacts, type SqlAnalysis } from './analyze.ts';

export interface AnalysisCacheLimits {
  readonly entriesMax: number;
  /** Sum of the lengths of the texts that are kept. */
  readonly charactersMax: number;
}

const DEFAULT_LIMITS: AnalysisCacheLimits = { entriesMax: 2_000, charactersMax: 2_000_000 };

export class SqlAnalysisCache {
  readonly #limits: AnalysisCacheLimits;
  /** A Map keeps the order of insertion: its first entry is the one used longest ago. */
  readonly #entries = new Map<string, SqlAnalysis>();
  #characters = 0;
  #facts: DatabaseFacts | undefined;

  constructor(limits: AnalysisCacheLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * `analyzeSql`, remembered. `facts` are compared by identity: pass the same object until the catalog has
   * changed, and a new one afterwards, which forgets everything.
   */
  analyze(text: string, facts?: DatabaseFacts, limits?: AnalysisLimits): SqlAnalysis {
    if (facts !== this.#facts) this.#reset(facts);
    const known = this.#entries.get(text);
    if (known !== undefined) {
      this.#entries.delete(text);
      this.#entries.set(text, known);
      return known;
    }
    const analysis = analyzeSql(text, facts, limits);
    // A failure may be the parser's own and pass, so only what was read is kept.
    if (analysis.parseError === null) this.#keep(text, analysis);
    return analysis;
  }

  #reset(facts: DatabaseFacts | undefined): void {
    this.#facts = facts;
    this.#entries.clear();
    this.#characters = 0;
  }

  #keep(text: string, analysis: SqlAnalysis): void {
    if (text.length > this.#limits.charactersMax / 10) return;
    this.#entries.set(text, analysis);
    this.#characters += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entriesMax && this.#characters <= this.#limits.charactersMax)
        return;
      this.#entries.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
