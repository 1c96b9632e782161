/** The channels of our own chat page: those of the policy document, and one private one for each person. */
import type { AccessContext } from '../../access/context.ts';
import { matchesAnyGlob } from '../../core/channel-globs.ts';
import type { ChatChannel } from './wire.ts';

const PRIVATE_PREFIX = '@';

/** The name of the channel between one person and Sallyport. */
export function privateChannelName(personId: string): string {
  return `${PRIVATE_PREFIX}${personId}`;
}

/** Whose private channel it is, or null for a channel that everyone sees. */
export function ownerOfChannel(channel: string): string | null {
  return channel.startsWith(PRIVATE_PREFIX) ? channel.slice(PRIVATE_PREFIX.length) : null;
}

/** Everyone's channels, in the order of the policy document; where cards must go is always among them. */
export function openChannels(access: AccessContext): readonly string[] {
  const { chat } = access.policy.current().document;
  return [...new Set([...(chat.web?.channels ?? []), chat.approvals, chat.audit])];
}

export function mayRead(
  access: AccessContext,
  options: { readonly channel: string; readonly personId: string },
): boolean {
  const owner = ownerOfChannel(options.channel);
  return owner === null ? openChannels(access).includes(options.channel) : owner === options.personId;
}

/** What one person sees in the list, the private channel last. */
export function channelsOf(access: AccessContext, personId: string): readonly ChatChannel[] {
  const { chat, incidents } = access.policy.current().document;
  const open = openChannels(access).map((name): ChatChannel => {
    const isIncident = matchesAnyGlob(name, incidents.channels);
    return { name, kind: isIncident ? 'incident' : 'channel', topic: topicOf({ name, isIncident, chat }) };
  });
  return [
    ...open,
    {
      name: privateChannelName(personId),
      kind: 'private',
      topic: 'Between you and Sallyport; nobody else sees it',
    },
  ];
}

function topicOf(channel: {
  readonly name: string;
  readonly isIncident: boolean;
  readonly chat: { readonly approvals: string; readonly audit: string };
}): string {
  if (channel.isIncident)
    return 'Incident: what is asked for here carries its name, and sessions report here';
  if (channel.name === channel.chat.approvals) return 'Ask for access, and decide';
  if (channel.name === channel.chat.audit) return 'Sessions that belong to no channel';
  return '';
}
