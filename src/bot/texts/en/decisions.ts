import type { Values } from '../values.ts';

/** The list of who decided what, on every card that is decided about. */
export const decisions = {
  title: 'Decisions',
  approved: (who: string) => `${who} approved`,
  approvedFor: ({ who, time }: Values<'who' | 'time'>) => `${who} approved for ${time}`,
  approvedOnce: (who: string) => `${who} approved once`,
  approvedForSession: (who: string) => `${who} approved for this session`,
  denied: (who: string) => `${who} denied`,
  where: ({ instant, platform }: Values<'instant' | 'platform'>) => `${instant}, in ${platform}`,
  whereSignedIn: ({ instant, platform }: Values<'instant' | 'platform'>) =>
    `${instant}, in ${platform}, after a fresh sign-in`,
};
