/**
 * People in forms: Slack's pickers know accounts, our forms know people. A picked account counts when it is linked,
 * like a mention in a command.
 */
import { accountsOf } from '../../access/chat-accounts.ts';
import { findAccount } from '../../access/find-account.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { FormValues } from '../acts/act.ts';
import type { BotContext } from '../bot-context.ts';
import type { Form, FormField } from '../card.ts';
import { texts } from '../texts/texts.ts';
import type { SlackIdentities, SlackSender } from './identity.ts';
import { mentionOf } from './render/people.ts';
import { SLACK_PLATFORM } from './slack-platform.ts';

/** What was picked, by the names of fields. */
export type PickedAccounts = ReadonlyMap<string, string>;

export type PeopleRead =
  | { readonly values: FormValues; readonly problem: null }
  /** The values without whoever is not known, and what is wrong with which field. */
  | { readonly values: FormValues; readonly problem: { readonly field: string; readonly text: string } };

/** What was filled in, with the addresses of the people who were picked. */
export async function readPeople(
  identities: SlackIdentities,
  filled: { readonly values: FormValues; readonly picked: PickedAccounts },
  sender: SlackSender,
): Promise<PeopleRead> {
  const values = new Map(filled.values);
  for (const [field, user] of filled.picked) {
    try {
      values.set(field, await addressOf(identities, user, sender));
    } catch (error) {
      if (!isAppError(error)) throw error;
      return { values, problem: { field, text: error.message } };
    }
  }
  return { values, problem: null };
}

/**
 * What our commands call the person behind an account: their e-mail address, as their sign-in has it.
 * @throws AppError `not_found` for an account that nobody is known by, and as `SlackIdentities.accountOf`
 */
export async function addressOf(
  identities: SlackIdentities,
  user: string,
  { enterprise }: SlackSender,
): Promise<string> {
  const account = await identities.accountOf({ user, teams: [], enterprise }).catch((error: unknown) => {
    throw isAppError(error, 'forbidden') ? unlinked() : error;
  });
  const person = await identities.personOf(account);
  if (person?.kind !== 'person') throw unlinked();
  return person.email;
}

function unlinked(): AppError {
  return new AppError('not_found', texts().slack.unknownPicked);
}

/** The form with the Slack accounts of the people whom it names; who has none here stays as it was typed. */
export async function withAccounts(bot: BotContext, form: Form): Promise<Form> {
  const fields = await Promise.all(form.fields.map((field) => withAccount(bot, field)));
  return { ...form, fields };
}

async function withAccount({ access }: BotContext, field: FormField): Promise<FormField> {
  if (field.kind !== 'person' || !field.value) return field;
  try {
    const { id: personId } = await findAccount(access, { account: field.value, workloads: false });
    const [account] = await accountsOf(access, { platform: SLACK_PLATFORM, personId });
    return account === undefined ? field : { ...field, value: mentionOf(account.account) };
  } catch (error) {
    if (isAppError(error)) return field;
    throw error;
  }
}
