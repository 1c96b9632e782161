/** The forms there are. What a submission does is looked up by its id; the subject is checked again. */
export const FORM_IDS = [
  'request',
  'approve-for-less',
  'deny',
  'approve-command',
  'deny-command',
  'revoke',
  'extend',
  'break-glass',
  'comment',
  'refuse-consent',
  'find-justified',
  'find-unjustified',
  'deny-policy',
  'unfreeze',
] as const;
export type FormId = (typeof FORM_IDS)[number];
