/** Sends the tests of sinks that were asked for, as a process with the role `jobs` does. */
import type { AccessContext } from '../../../src/access/context.ts';
import { sendTest, takeTests } from '../../../src/access/sinks/send-tests.ts';

/** @returns how many there were */
export async function sendAskedTests(context: AccessContext): Promise<number> {
  const asked = await takeTests(context);
  for (const test of asked) await sendTest(context, test, new AbortController().signal);
  return asked.length;
}
