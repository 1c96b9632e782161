/** Modals and the Home tab. */
import { z } from 'zod';
import { blocksSchema } from './validate-blocks.ts';
import { plainText } from './validate-text.ts';

const COMMON = {
  blocks: blocksSchema(100),
  private_metadata: z.string().max(3_000).optional(),
  callback_id: z.string().min(1).max(255).optional(),
  external_id: z.string().min(1).max(255).optional(),
};

const MODAL = z
  .strictObject({
    type: z.literal('modal'),
    ...COMMON,
    title: plainText(24),
    submit: plainText(24).optional(),
    close: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
  })
  .refine(
    ({ blocks, submit }) => submit !== undefined || !blocks.some(({ type }) => type === 'input'),
    'asks for something and has no button to submit it',
  );

const HOME = z
  .strictObject({ type: z.literal('home'), ...COMMON })
  .refine(
    ({ blocks }) => !blocks.some(({ type }) => type === 'input'),
    'asks for something that nobody submits',
  );

export const viewSchema = z.discriminatedUnion('type', [MODAL, HOME]);
