/** Builds the server before the tests start, once for all workers. */
import { buildProgram } from './program.ts';

export const setup = async (): Promise<void> => void (await buildProgram());
