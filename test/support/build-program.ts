/** Builds the server before the tests start, once for all workers. */
import { buildProgram } from './program.ts';

/** Whoever starts a server builds it if need be: for a few files that start none it is not built in advance. */
export async function setup(): Promise<void> {
  const asked = process.argv.slice(2).filter((word) => word.includes('test/'));
  const startsNone = asked.length > 0 && asked.every((path) => path.includes('test/integration'));
  if (!startsNone) await buildProgram();
}
