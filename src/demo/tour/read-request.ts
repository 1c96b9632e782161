import type { WireRequest } from '../../web/wire.ts';
import { readApi } from './api.ts';
import type { Tour } from './step.ts';

/** The tour's request as it is stored now. */
export async function readTourRequest(tour: Tour): Promise<WireRequest> {
  const { browser } = tour.notebook.recall('players').carol;
  const id = tour.notebook.recall('requestId');
  return readApi<WireRequest>({ browser, publicUrl: tour.publicUrl }, `requests/${encodeURIComponent(id)}`);
}
