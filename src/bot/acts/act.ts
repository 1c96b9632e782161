/** What a person does in chat, on any platform, once the platform has said who it was and where. */
import type { ChatAccount } from '../../core/chat-account.ts';
import type { Identity } from '../../core/identity.ts';
import type { ActionId } from '../card.ts';
import type { FormId } from '../forms/form-ids.ts';

export type Act =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'action'; readonly action: ActionId; readonly subject: string }
  | { readonly kind: 'form'; readonly form: FormId; readonly subject: string; readonly values: FormValues };

/** As submitted; every handler reads what it knows and ignores the rest. */
export type FormValues = ReadonlyMap<string, string>;

export interface ActPlace {
  readonly platform: string;
  /** The platform's key of it, as `resolveChannel` gives it. */
  readonly channel: string;
  /** What people call it, without a mark before it: incidents go by the names of their channels. */
  readonly channelName: string;
  /** True for the channel between one person and Sallyport: nobody else would see a card there. */
  readonly isPrivate: boolean;
  /** Where no channel can be made: an incident is opened in the channel that it is about. */
  readonly makesNoChannels?: true;
}

export interface ActInput {
  /** Verified by the platform for this very act, never taken from a card. */
  readonly by: Identity;
  /** The account that they act through; absent where people sign in themselves. */
  readonly account?: ChatAccount;
  readonly place: ActPlace;
  /** Made where the act was made; the same key is the same act. At most 100 characters. */
  readonly key: string;
}
