/**
 * The function-call message, as libpq sends it for large objects. It names a function by number, so only those
 * whose number is PostgreSQL's own are known here, each as the SELECT that makes the same call.
 */
import { boundParameters } from './bound-parameters.ts';
import type { FunctionCallMessage } from './codec/function-call.ts';

/** By the identifiers that pg_proc.dat gives them; they do not change between versions. */
const LARGE_OBJECT_FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [715, 'lo_create'],
  [952, 'lo_open'],
  [953, 'lo_close'],
  [954, 'loread'],
  [955, 'lowrite'],
  [956, 'lo_lseek'],
  [957, 'lo_creat'],
  [958, 'lo_tell'],
  [964, 'lo_unlink'],
  [1004, 'lo_truncate'],
  [3170, 'lo_lseek64'],
  [3171, 'lo_tell64'],
  [3172, 'lo_truncate64'],
]);

/** None of them takes more. */
const ARGUMENTS_MAX = 3;

/** The statement that a call amounts to, with its arguments as they are recorded; null for any other function. */
export function asStatement(
  call: FunctionCallMessage,
): { readonly text: string; readonly parameters: readonly (string | null)[] } | null {
  const name = LARGE_OBJECT_FUNCTIONS.get(call.functionOid);
  if (name === undefined || call.arguments.length > ARGUMENTS_MAX) return null;
  const placeholders = call.arguments.map((_, index) => `$${index + 1}`).join(', ');
  const parameters = boundParameters({
    parameters: call.arguments,
    parameterFormats: call.argumentFormats,
  });
  return { text: `select pg_catalog.${name}(${placeholders})`, parameters };
}
