/** The channels of our own chat page: those of the policy document, and one private one for each person. */
import type { AccessContext } from '../../access/context.ts';
import { listIncidentChannels } from '../../access/incidents/incidents.ts';
import { matchesAnyGlob } from '../../core/channel-globs.ts';
import { texts } from '../texts/texts.ts';
import type { ChatChannel } from './wire.ts';

/** Stored with every vote, card copy and incident: never change it. */
export const WEB_PLATFORM = 'web';

const PRIVATE_PREFIX = '@';

/** The name of the channel between one person and Sallyport. */
export function privateChannelName(personId: string): string {
  return `${PRIVATE_PREFIX}${personId}`;
}

/** Whose private channel it is, or null for a channel that everyone sees. */
export function ownerOfChannel(channel: string): string | null {
  return channel.startsWith(PRIVATE_PREFIX) ? channel.slice(PRIVATE_PREFIX.length) : null;
}

/** Everyone's channels but those of incidents, in the order of the policy document; where cards must go is always among them. */
function openChannels(access: AccessContext): readonly string[] {
  const { chat } = access.policy.current().document;
  return [...new Set([...(chat.web?.channels ?? []), chat.approvals, chat.audit])];
}

/** A channel that everyone reads, of the policy document or of an incident; null for one that is nobody's. */
export async function openChannel(
  access: AccessContext,
  name: string,
): Promise<{ readonly closed: boolean } | null> {
  if (openChannels(access).includes(name)) return { closed: false };
  const incidents = await listIncidentChannels(access, { platform: WEB_PLATFORM });
  const found = incidents.filter(({ channel }) => channel === name);
  return found.length === 0 ? null : { closed: found.every(({ open }) => !open) };
}

export async function mayRead(
  access: AccessContext,
  options: { readonly channel: string; readonly personId: string },
): Promise<boolean> {
  const owner = ownerOfChannel(options.channel);
  return owner === null ? (await openChannel(access, options.channel)) !== null : owner === options.personId;
}

/** What one person sees in the list, the private channel last. */
export async function channelsOf(access: AccessContext, personId: string): Promise<readonly ChatChannel[]> {
  const { chat, incidents } = access.policy.current().document;
  const open = openChannels(access).map((name): ChatChannel => {
    const isIncident = matchesAnyGlob(name, incidents.channels);
    return { name, kind: isIncident ? 'incident' : 'channel', topic: topicOf({ name, isIncident, chat }) };
  });
  const declared = await listIncidentChannels(access, { platform: WEB_PLATFORM });
  const own: ChatChannel = {
    name: privateChannelName(personId),
    kind: 'private',
    topic: texts().web.private,
  };
  return [...withIncidents(open, declared), own];
}

/** A channel of the policy document that was declared to be an incident's is one; others come after those. */
function withIncidents(
  open: readonly ChatChannel[],
  declared: Awaited<ReturnType<typeof listIncidentChannels>>,
): readonly ChatChannel[] {
  const words = texts().incidents;
  const known = new Map(open.map((channel) => [channel.name, channel]));
  for (const { channel: name, title, open: isOpen } of declared) {
    if (!isOpen && known.has(name)) continue;
    const topic = isOpen ? words.title(title) : words.titleClosed(title);
    known.set(name, { name, kind: 'incident', topic });
  }
  return [...known.values()];
}

function topicOf(channel: {
  readonly name: string;
  readonly isIncident: boolean;
  readonly chat: { readonly approvals: string; readonly audit: string };
}): string {
  const { web } = texts();
  if (channel.isIncident) return web.incident;
  if (channel.name === channel.chat.approvals) return web.approvals;
  if (channel.name === channel.chat.audit) return web.audit;
  return '';
}
