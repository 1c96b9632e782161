/** Which of the deployment's own keys can be rotated: what data keys are wrapped with, and what signs. */
export const ROTATABLE = ['root', 'signing'] as const;
export type Rotatable = (typeof ROTATABLE)[number];
