/** How a drill came out, as a whole. */
export const DRILL_OUTCOMES = ['passed', 'failed', 'interrupted'] as const;
export type DrillOutcome = (typeof DRILL_OUTCOMES)[number];
