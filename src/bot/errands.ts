/**
 * What chat does for incidents and documents beside cards: channels are made and closed, documents are posted. Run by
 * jobs, so each may run twice, late, or on two replicas at once.
 */
import {
  type ChatDocumentView,
  mayUpload,
  noteDocumentPosted,
  readChatDocument,
  threadOfSession,
} from '../access/documents.ts';
import {
  type IncidentView,
  noteIncidentChannel,
  noteIncidentSettled,
  readIncident,
} from '../access/incidents/incidents.ts';
import type { RecordingExaminer } from '../access/incidents/report/ports.ts';
import { incidentTimeline } from '../access/incidents/timeline.ts';
import { timelineMarkdown } from '../access/incidents/timeline-markdown.ts';
import type { CardPublisher, ChatErrands, SessionDocuments } from '../access/ports.ts';
import { readSession } from '../access/read-access.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';
import { documentCard, timelineUrl } from './cards/incident-cards.ts';
import { replayUrl } from './cards/session-card.ts';
import type { ChatPlatform } from './platform.ts';
import { postAuditHead } from './post-audit-head.ts';
import { reportBytes } from './report-document.ts';
import { tellKeyChange } from './tell-key-change.ts';
import { inLanguageOf, texts } from './texts/texts.ts';

/** A document that is longer is opened by each reader. */
const DOCUMENT_BYTES_MAX = 5 * 1_048_576;

interface Errand extends BotContext {
  readonly platforms: readonly ChatPlatform[];
  readonly publisher: CardPublisher;
  readonly documents: SessionDocuments;
  /** Null where no recordings can be read. */
  readonly examiner: RecordingExaminer | null;
}

export function createErrands(errand: Errand): ChatErrands {
  return {
    openIncident: (id) => inLanguageOf(errand.access, () => openChannel(errand, id)),
    closeIncident: (id) => inLanguageOf(errand.access, () => closeChannel(errand, id)),
    postDocument: (id) => inLanguageOf(errand.access, () => postDocument(errand, id)),
    tellKeyChange: (of) => inLanguageOf(errand.access, () => tellKeyChange(errand, of)),
    postAuditHead: () => inLanguageOf(errand.access, () => postAuditHead(errand)),
  };
}

/** The name has the incident's id in it: a channel of this name that is there already is the one made before. */
async function openChannel(errand: Errand, id: string): Promise<void> {
  const incident = await readIncident(errand.access, { id });
  if (incident.channel !== null || incident.state === 'closed') return;
  const platform = platformNamed(errand, incident.platform);
  if (platform.createChannel === undefined) {
    throw new AppError('unavailable', `No channel can be made on ${platform.name}.`);
  }
  const { name, title, openedBy } = incident;
  const made = await platform
    .createChannel({ name, topic: title, invite: [openedBy.id] })
    .catch(async (error: unknown) => {
      const channel = isAppError(error, 'conflict') ? await platform.resolveChannel(name) : null;
      if (channel === null) throw error;
      return { channel, name };
    });
  await noteIncidentChannel(errand.access, { id, ...made });
}

/** The channel closes last: nothing can be posted there afterwards. */
async function closeChannel(errand: Errand, id: string): Promise<void> {
  const { access, publisher } = errand;
  const incident = await readIncident(access, { id });
  if (incident.state !== 'closed') return;
  const platform = platformNamed(errand, incident.platform);
  const { channel } = incident;
  if (channel !== null) {
    await publisher.syncCard('incident', id);
    await postTimeline(errand, { platform, channel, incident: incident.name, key: `closed:${id}` });
    if (incident.ownChannel) await platform.closeChannel?.(channel);
  }
  await noteIncidentSettled(access, { id });
}

async function postDocument(errand: Errand, id: string): Promise<void> {
  const { access } = errand;
  const document = await readChatDocument(access, { id });
  if (document.posted) return;
  const platform = platformNamed(errand, document.platform);
  const { channel, subjectId } = document;
  if (document.kind === 'timeline') {
    await postTimeline(errand, { platform, channel, incident: subjectId, key: id });
  } else if (document.kind === 'report') {
    await postReport(errand, { platform, document });
  } else {
    await postSession(errand, { platform, document, kind: document.kind });
  }
  await noteDocumentPosted(access, { id });
}

async function postTimeline(
  { access }: Errand,
  to: {
    readonly platform: ChatPlatform;
    readonly channel: string;
    readonly incident: string;
    readonly key: string;
  },
): Promise<void> {
  const { platform, channel, incident } = to;
  const timeline = await incidentTimeline(access, { name: incident, viewer: null }).catch(
    (error: unknown) => {
      if (isAppError(error, 'not_found')) return null;
      throw error;
    },
  );
  const { documents } = texts();
  const title = documents.timeline(incident);
  const bytes = timeline === null ? null : Buffer.from(timelineMarkdown(timeline));
  await post(platform, {
    channel,
    threadRef: null,
    key: `document:${to.key}`,
    title,
    name: `timeline-${incident.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}.md`,
    bytes: bytes !== null && bytes.length <= DOCUMENT_BYTES_MAX ? bytes : null,
    why: timeline === null ? documents.nothingAsked : documents.timelineTooLong,
    url: timelineUrl(incident, access.settings),
  });
}

/** Made anew each time it is tried: what it says is as of then. */
async function postReport(
  { access, examiner }: Errand,
  to: { readonly platform: ChatPlatform; readonly document: ChatDocumentView },
): Promise<void> {
  const { id, channel, subjectId: incident } = to.document;
  const found = await reportBytes(access, { incident, askedById: to.document.askedBy.id, examiner });
  const { documents } = texts();
  await post(to.platform, {
    channel,
    threadRef: null,
    key: `document:${id}`,
    title: documents.report(incident),
    name: found?.name ?? 'report.md',
    bytes: found !== null && found.bytes.length <= DOCUMENT_BYTES_MAX ? found.bytes : null,
    why: found === null ? documents.nothingAsked : documents.timelineTooLong,
    url: timelineUrl(incident, access.settings),
  });
}

/** Whether it may be posted is looked up again: the policy may have changed since it was asked for. */
async function postSession(
  { access, documents }: Errand,
  to: {
    readonly platform: ChatPlatform;
    readonly document: ChatDocumentView;
    readonly kind: 'transcript' | 'recording';
  },
): Promise<void> {
  const { platform, kind, document } = to;
  const { id, channel, subjectId: sessionId } = document;
  const threadRef = await threadOfSession(access, { sessionId, platform: platform.name, channel });
  // The card is gone, and with it the place that the document was asked for in.
  if (threadRef === null) return;
  const session = await readSession(access, { id: sessionId, viewer: null });
  const allowed = mayUpload(access, session.resource);
  const opened = allowed ? await documents.open(sessionId, kind) : null;
  const bytes = opened === null ? null : await collect(opened.parts);
  await post(platform, {
    channel,
    threadRef,
    key: `document:${id}`,
    title: texts().documents.titles[kind](sessionId),
    name: `${sessionId}.${opened?.extension ?? 'txt'}`,
    bytes,
    why: whyNot({ allowed, found: opened !== null }),
    url: replayUrl(sessionId, access.settings.publicUrl),
  });
}

function whyNot({ allowed, found }: { readonly allowed: boolean; readonly found: boolean }): string {
  const words = texts().documents;
  if (!allowed) return words.notAllowed;
  return found ? words.tooLong : words.elsewhere;
}

/** As a file where the platform takes one and there is one; otherwise as a link, with why. */
async function post(
  platform: ChatPlatform,
  document: {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly key: string;
    readonly title: string;
    readonly name: string;
    readonly bytes: Uint8Array | null;
    readonly why: string;
    readonly url: string;
  },
): Promise<void> {
  const { channel, threadRef, key, title, name, bytes, why, url } = document;
  if (bytes !== null && platform.upload !== undefined) {
    await platform.upload({ channel, threadRef, name, title, bytes, key });
    return;
  }
  const reason = bytes === null ? why : texts().documents.noFiles;
  await platform.post({ channel, threadRef, key, card: documentCard({ title, why: reason, url }) });
}

/** @returns null for one that is too long */
async function collect(parts: AsyncIterable<string>): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const part of parts) {
    const chunk = Buffer.from(part);
    length += chunk.length;
    if (length > DOCUMENT_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws AppError `unavailable` for a platform that is not set up here */
function platformNamed({ platforms }: Errand, name: IncidentView['platform']): ChatPlatform {
  const platform = platforms.find((one) => one.name === name);
  if (platform === undefined) throw new AppError('unavailable', `${name} is not set up.`);
  return platform;
}
