import type { Values } from '../values.ts';

/** Keys that log in to hosts. */
export const sshKeys = {
  titles: {
    registered: 'A key that logs in as you was added',
    removed: 'A key that logged in as you was removed',
  },
  statuses: {
    registered: ({ at, id }: Values<'at' | 'id'>) =>
      `Since ${at} whoever holds it uses your access to hosts. If this was not you, run sallyport keys remove ${id} and tell your administrators.`,
    removed: ({ at }: Values<'at' | 'id'>) =>
      `Since ${at} nobody logs in with it. If this was not you, tell your administrators.`,
  },
  label: 'Label',
  fingerprint: 'Fingerprint',
  key: 'Key',
};
