/** The forms there are. What a submission does is looked up by its id; the subject is checked again. */
export const FORM_IDS = [
  'request',
  'approve-for-less',
  'deny',
  'approve-command',
  'deny-command',
  'revoke',
] as const;
export type FormId = (typeof FORM_IDS)[number];
