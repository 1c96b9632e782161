import { z } from 'zod';
import type { SignInFacts } from '../ports.ts';

export const SIGN_IN = z.object({
  issuer: z.string(),
  clientId: z.string(),
  audience: z.string().meta({ description: 'Ask for tokens for this resource (RFC 8707)' }),
  scopes: z.string().meta({ description: 'Separated by spaces' }),
}) satisfies z.ZodType<SignInFacts>;
export type SignInAnswer = z.output<typeof SIGN_IN>;
