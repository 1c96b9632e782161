/** What a step of the tour is, and what it has to work with. */
import { AppError } from '../../core/errors.ts';
import type { SampleHost } from '../sample-host/sample-host.ts';
import type { SampleTarget } from '../sample-target.ts';
import type { Notebook } from './notebook.ts';
import type { SqlClient } from './sql-client.ts';

export interface Tour {
  readonly publicUrl: string;
  /** The sample target, to look past the broker at what really happened. */
  readonly target: SampleTarget;
  /** Where the sample host keeps its files, to look past the broker as well. */
  readonly host: Pick<SampleHost, 'home'>;
  readonly sqlClient: SqlClient;
  /** For files that the tour downloads and tampers with. */
  readonly directory: string;
  readonly notebook: Notebook;
}

export interface Step {
  readonly name: string;
  /** @returns what was seen, in a sentence. @throws AppError with what was seen instead */
  readonly run: (tour: Tour) => Promise<string>;
}

/** @throws AppError `upstream_failed` with what was seen instead, unless it holds */
export function hold(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new AppError('upstream_failed', otherwise);
}
