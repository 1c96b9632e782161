import type { CastName } from '../cast.ts';
import type { Browser } from './browser.ts';
import type { Chat } from './chat.ts';

/** Somebody who is signed in. */
export interface Player {
  readonly browser: Browser;
  readonly chat: Chat;
  readonly personId: string;
}

export type Players = Readonly<Record<CastName, Player>>;
