/** What every delivery says of who acted, where, and how they can be answered. */
import { z } from 'zod';
import { actKeyOf } from './dedupe.ts';
import type { SlackSender } from './identity.ts';
import { readMetadata } from './render/form-view.ts';

export interface Scene {
  readonly sender: SlackSender;
  /** An id; null where there is no channel: on the Home tab, for a global shortcut. */
  readonly channel: string | null;
  /** The modal that the act was made in, as Slack sent it. */
  readonly modal: { readonly id: string; readonly hash: string } | null;
  /** Takes five answers within half an hour. */
  readonly responseUrl: string | null;
  /** Opens one modal within three seconds. */
  readonly triggerId: string | null;
  /** Of the act: the same for every delivery of it. */
  readonly key: string;
}

const ID = z.string().min(1).max(100);
const URL_TEXT = z.url().max(2_000);

const COMMAND = z.object({
  user_id: ID,
  team_id: ID,
  enterprise_id: ID.optional(),
  channel_id: ID,
  response_url: URL_TEXT.optional().catch(undefined),
  trigger_id: ID.optional(),
});

const INTERACTION = z.object({
  user: z.object({ id: ID, team_id: ID.optional() }),
  team: z.object({ id: ID, enterprise_id: ID.optional() }).nullish(),
  enterprise: z.object({ id: ID }).nullish(),
  channel: z.object({ id: ID }).nullish(),
  container: z.object({ channel_id: ID.optional() }).optional().catch(undefined),
  view: z
    .object({
      id: ID,
      type: z.string(),
      hash: z.string().max(200).default(''),
      private_metadata: z.string().default(''),
    })
    .nullish(),
  // Empty where there is nothing to respond to.
  response_url: URL_TEXT.optional().catch(undefined),
  trigger_id: ID.optional(),
});

/** @throws ZodError for what Slack does not send */
export function sceneOfCommand(body: Readonly<Record<string, unknown>>): Scene {
  const sent = COMMAND.parse(body);
  return {
    sender: { user: sent.user_id, teams: [sent.team_id], enterprise: sent.enterprise_id ?? null },
    channel: sent.channel_id,
    modal: null,
    responseUrl: sent.response_url ?? null,
    triggerId: sent.trigger_id ?? null,
    key: actKeyOf(body),
  };
}

/** Of a click, a submission, a shortcut, a search. @throws ZodError as above */
export function sceneOfInteraction(body: Readonly<Record<string, unknown>>): Scene {
  const { user, team, enterprise, channel, container, view, ...sent } = INTERACTION.parse(body);
  const isModal = view?.type === 'modal';
  const teams = [team?.id, user.team_id].filter((id) => id !== undefined);
  return {
    sender: { user: user.id, teams, enterprise: enterprise?.id ?? team?.enterprise_id ?? null },
    channel: channel?.id ?? container?.channel_id ?? (isModal ? channelOfModal(view.private_metadata) : null),
    modal: isModal ? { id: view.id, hash: view.hash } : null,
    responseUrl: sent.response_url ?? null,
    triggerId: sent.trigger_id ?? null,
    key: actKeyOf(body),
  };
}

/** A modal has none of its own: what is done in it is done where it was opened. */
function channelOfModal(metadata: string): string | null {
  return readMetadata(metadata)?.channel || null;
}
