/** What is told in chat at once, because somebody should look at it. */
export const ALERT_KINDS = [
  'denied-command',
  'stopped-session',
  'break-glass',
  'failed-verification',
  'sink-behind',
  'dead-letter',
  'keys-rotated',
  'drill',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
