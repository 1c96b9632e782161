import { z } from 'zod';
import { POLICY_DOCUMENT } from './schema.ts';

/** The JSON Schema (draft 2020-12) of `sallyport.yaml`, for editors. */
export function policyJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(POLICY_DOCUMENT, { io: 'input', unrepresentable: 'any' }),
    title: 'sallyport.yaml',
  };
}
