/** How V8 collects the buffers of what flows through the broker. */
import { setFlagsFromString } from 'node:v8';

/**
 * By itself V8 goes through the whole heap for every few dozen megabytes of new buffers: twenty times and more for a
 * transfer of 300 MB, a third of the processor time. Counted as part of the heap, they are freed with what is young.
 * The heap's own limit still holds. For the whole process.
 */
export function collectBuffersWithHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
