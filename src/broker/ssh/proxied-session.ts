/**
 * One authorized connection from its recording to its end: the login at the target, the channels of the client, and
 * the order in which everything is closed and noted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { HostConnectionAnswer } from '../../access/authorize-connection.ts';
import { isAppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { EndReason } from '../../core/session.ts';
import type { SessionFacts } from '../../recording/events.ts';
import type { Recorder } from '../../recording/recorder.ts';
import { openRecording } from '../../recording/writer.ts';
import type { EgressStop } from '../egress.ts';
import { Gate } from '../gate.ts';
import { sealSession } from '../seal-session.ts';
import type { BrokerServices } from '../services.ts';
import { LiveSession } from '../session.ts';
import { ClientChannels } from './channels/client-channels.ts';
import type { ClientConnection } from './client-connection.ts';
import { createCommandHolds } from './commands/command-holds.ts';
import { HostEgress, stopMessage } from './commands/host-egress.ts';
import { createHostJudge } from './commands/host-judge.ts';
import type { HostInspection, HostSession, Target } from './host-session.ts';
import { IdleWatch } from './idle-watch.ts';
import { createHostRecord } from './recording/host-record.ts';
import { SessionPolicy } from './session-policy.ts';
import { endingWords, faultWords } from './session-words.ts';
import { connectTarget } from './target/connect.ts';

/** How long channels may take to read why they end. */
const TELLING_MS_MAX = 500;
/** A terminal that was flooded shows that first; no deadline waits for it. */
const TELLING_FLOODED_MS_MAX = 5_000;

/** How often, and for how long, it is looked whether a new session is confirmed. */
const CONFIRMATION_LOOK_MS = 50;
const CONFIRMATION_LOOKS_MAX = 100;

/** Somebody who may connect, and has not been told yet. */
export interface Admission {
  readonly client: ClientConnection;
  readonly answer: Extract<HostConnectionAnswer, { authorized: true }>;
  readonly clientAddress: string;
  /** Monotonic time at which the store was asked. */
  readonly askedAtMs: number;
  /** Tells the client that it is in. */
  readonly accept: () => void;
}

/** What the sessions of one listener share. */
export interface SharedParts {
  /** Of masks that hash. */
  readonly hashKey: Secret<Buffer>;
  readonly brokerAddresses: () => readonly string[];
}

/** The parts of a session that exist so far; whatever exists is closed at the end. */
interface Parts {
  recorder: Recorder | null;
  gate: Gate<HostInspection> | null;
  policy: SessionPolicy | null;
  target: Target | null;
  egress: HostEgress | null;
  stopped: EgressStop | null;
  /** Why it ended, in more words than the reason has. */
  message: string | null;
  /** What the target owes an answer to. */
  busy: number;
  /** What people are asked about. */
  waiting: number;
}

interface Context {
  readonly services: BrokerServices;
  readonly admission: Admission;
  readonly live: LiveSession;
  readonly parts: Parts;
  readonly shared: SharedParts;
  readonly logger: Logger;
}

/** Serves the session until it has ended, its recording is sealed and its end is noted. Never throws. */
export async function runProxiedSession(
  services: BrokerServices,
  admission: Admission,
  shared: SharedParts,
): Promise<void> {
  const { registry, monotonic, access } = services;
  const { answer, client } = admission;
  const live = new LiveSession({
    id: answer.sessionId,
    grant: answer.grant,
    now: access.clock.now(),
    monotonic,
    confirmedAtMs: admission.askedAtMs,
  });
  const parts: Parts = {
    recorder: null,
    gate: null,
    policy: null,
    target: null,
    egress: null,
    stopped: null,
    message: null,
    busy: 0,
    waiting: 0,
  };
  const logger = services.logger.child({ sessionId: live.id });
  const context: Context = { services, admission, live, parts, shared, logger };
  const ended = new Promise<EndReason>((resolve) => void live.onEnd(resolve));
  registry.add(live, {
    // What flows looks at the confirmation for itself.
    onConfirmation: () => undefined,
    onPolicy: () => void parts.policy?.renew(),
    get busy() {
      return parts.busy > 0 || parts.target === null;
    },
  });
  const idle = new IdleWatch({
    idleMaxMs: () => access.policy.current().document.broker.ssh.idleMax,
    monotonic,
    isBusy: () => parts.busy + parts.waiting > 0,
    onIdle: () => live.end('idle'),
  });
  const channels = new ClientChannels({
    client,
    role: () => parts.policy?.applies.role ?? answer.role,
    logger,
    monotonic,
    onActivity: () => idle.noteActivity(),
  });
  void client.closed.then(() => live.end('client-closed'));
  const beginning = begin(context, { channels, idle }).catch((error: unknown) => {
    logger.warn({ problem: messageOf(error) }, 'the session could not begin');
    parts.message ??= faultWords(error);
    live.end(isAppError(error, 'recording_failed') ? 'recording-failed' : 'upstream-failed');
  });
  const reason = await ended;
  idle.stop();
  // A target that takes its time with the login must not keep a session from ending.
  const isConnected = parts.target !== null;
  const targetClosed = isConnected ? parts.target?.close() : undefined;
  if (!isConnected) void beginning.then(() => parts.target?.close());
  await tellAndClose(context, { channels, reason });
  await Promise.all([targetClosed, sealSession(services, { ...parts, live, reason })]);
  registry.sealed(live);
}

async function begin(
  context: Context,
  { channels, idle }: { readonly channels: ClientChannels; readonly idle: IdleWatch },
): Promise<void> {
  const { services, admission, live, parts, shared, logger } = context;
  const { answer } = admission;
  const { access } = services;
  const recorder = openRecording({ journal: services.journal, facts: factsOf(admission) });
  parts.recorder = recorder;
  // What was asked for while the target is logged in to waits; whoever is refused there is told on their channel.
  admission.accept();
  const policy = openPolicy(context);
  parts.policy = policy;
  const judge = createHostJudge({ policy, brokerAddresses: shared.brokerAddresses });
  const gate = new Gate({ session: live, recorder, judge, now: () => access.clock.now() });
  parts.gate = gate;
  const egress = new HostEgress({
    services,
    live,
    rules: answer.rules,
    onStop: (stop) => {
      parts.stopped = stop;
      end(context, 'stopped-by-rule', stopMessage(stop));
    },
  });
  parts.egress = egress;
  const target = await connectTarget({ resource: answer.resource, credential: answer.credential });
  parts.target = target;
  target.connection.once('close', () => live.end('upstream-closed'));
  await untilConfirmed(context);
  if (!policy.renew() || live.ended !== null) return;
  const { recording } = access.policy.current().document;
  const holds = createCommandHolds({
    live,
    gate,
    policy,
    approvals: services.approvals,
    facts: target.facts,
    logger,
  });
  const session: HostSession = {
    live,
    gate,
    policy,
    target,
    services,
    logger,
    holds: {
      ask: (asked) => {
        const hold = holds.ask(asked);
        const done = count(context, 'waiting', idle);
        void hold.decided.then(done, done);
        return hold;
      },
    },
    record: createHostRecord({
      live,
      gate,
      policy,
      hashKey: shared.hashKey,
      limits: recording,
      end: (reason, message) => end(context, reason, message),
    }),
    busy: () => count(context, 'busy', idle),
    noteActivity: () => idle.noteActivity(),
    countBytes: (of, bytes) => egress.count(of, bytes),
    end: (reason, message) => end(context, reason, message ?? null),
  };
  channels.serve(session);
}

/** The login at the target can take longer than a confirmation lasts; what cannot be confirmed is refused later. */
async function untilConfirmed({ services, live }: Context): Promise<void> {
  for (let looks = 0; looks < CONFIRMATION_LOOKS_MAX && !live.confirmed && live.ended === null; looks += 1) {
    services.registry.ask();
    await sleep(CONFIRMATION_LOOK_MS);
  }
}

function openPolicy(context: Context): SessionPolicy {
  const { services, admission, parts } = context;
  const { answer } = admission;
  return new SessionPolicy({
    current: () => services.access.policy.current(),
    authorized: answer,
    onVersion: (version) => parts.gate?.notePolicy(version),
    onRules: (rules) => parts.egress?.follow(rules),
    onEnd: (reason) => end(context, 'policy-changed', `The policy changed: ${reason}.`),
  });
}

function end({ live, parts }: Context, reason: EndReason, message: string | null): void {
  if (live.ended === null) parts.message = message;
  live.end(reason);
}

/** @returns ends it, once */
function count({ parts }: Context, what: 'busy' | 'waiting', idle: IdleWatch): () => void {
  let over = false;
  parts[what] += 1;
  return () => {
    if (over) return;
    over = true;
    parts[what] -= 1;
    idle.noteActivity();
  };
}

async function tellAndClose(
  { admission, live, parts }: Context,
  { channels, reason }: { readonly channels: ClientChannels; readonly reason: EndReason },
): Promise<void> {
  const { client } = admission;
  if (client.isClosed) return channels.end('');
  const words = parts.message ?? endingWords(reason, live.grant);
  channels.end(words);
  const patienceMs = reason === 'recording-full' ? TELLING_FLOODED_MS_MAX : TELLING_MS_MAX;
  await Promise.race([channels.closed(), sleep(patienceMs, undefined, { ref: false })]);
  client.end(words);
}

function factsOf({ answer, client, clientAddress }: Admission): SessionFacts {
  const { grant } = answer;
  return {
    sessionId: answer.sessionId,
    grantId: grant.id,
    requestId: answer.requestId,
    holder: { id: grant.holder.id, name: grant.holder.name, email: grant.holder.email },
    approvers: grant.approvers.map(({ id, name }) => ({ id, name })),
    resource: grant.resource,
    resourceKind: grant.resourceKind,
    role: answer.roleName,
    reason: grant.reason,
    incident: grant.incident,
    clientAddress,
    application: client.application,
    policyVersion: answer.policyVersion,
    startedAt: answer.startedAt.toISOString(),
  };
}
