/**
 * One authorized session from its recording to its end: upstream login, what the client is told about the
 * target, the relay, and the order in which everything is closed and noted.
 */

import type { Socket } from 'node:net';
import { isAppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { EndReason } from '../../core/session.ts';
import { createDetection } from '../../policies/detectors/detection.ts';
import type { CommandRule } from '../../policies/document/schema.ts';
import type { SessionFacts } from '../../recording/events.ts';
import type { Recorder } from '../../recording/recorder.ts';
import { openRecording } from '../../recording/writer.ts';
import { EgressMeter, type EgressStop } from '../egress.ts';
import { countingOf } from '../egress-counting.ts';
import { Gate } from '../gate.ts';
import { sealSession } from '../seal-session.ts';
import type { BrokerServices } from '../services.ts';
import { LiveSession } from '../session.ts';
import type { Admission } from './admission.ts';
import type { CancelKeys } from './cancel-keys.ts';
import { isUnrestricted } from './client-encoding.ts';
import { encodeAuthenticationOk } from './codec/authentication.ts';
import type { Problem } from './codec/report.ts';
import { encodeBackendKeyData, encodeParameterStatus, encodeReadyForQuery } from './codec/status.ts';
import { Exchange } from './exchange.ts';
import type { LargeInspections } from './large-inspections.ts';
import type { MaskCatalogs } from './mask-catalogs.ts';
import { endingProblem, faultProblem, policyProblem, stopProblem } from './problems.ts';
import { type Relay, startRelay } from './relay.ts';
import { SessionEgress } from './session-egress.ts';
import { closeClient, closeUpstream } from './session-end.ts';
import { SessionMasks } from './session-masks.ts';
import { SessionPolicy } from './session-policy.ts';
import type { SqlInspection } from './sql-inspection.ts';
import { readTargetFacts } from './target-facts.ts';
import type { Upstream } from './upstream-login.ts';
import { openSessionUpstream } from './upstream-session.ts';

/** The parts of a session that exist so far; whatever exists is closed at the end. */
interface Parts {
  recorder: Recorder | null;
  upstream: Upstream | null;
  gate: Gate<SqlInspection> | null;
  exchange: Exchange | null;
  relay: Relay | null;
  /** What of the policy the session is under. */
  policy: SessionPolicy | null;
  /** Lets go of the catalog that tells what is masked. */
  leaveMasks: (() => Promise<void>) | null;
  /** Counts what leaves the target; null while no rule limits it. */
  egress: SessionEgress | null;
  /** The limit that was reached. */
  stopped: EgressStop | null;
  /** Why it failed, in more words than the end reason has. */
  problem: Problem | null;
}

/** What the sessions of one listener share. */
export interface SharedParts {
  readonly cancelKeys: CancelKeys;
  readonly inspections: LargeInspections;
  readonly maskCatalogs: MaskCatalogs;
  /** Of masks that hash. */
  readonly hashKey: Secret<Buffer>;
}

/** Serves the session until it has ended, its recording is sealed and its end is noted. Never throws. */
export async function runProxiedSession(
  services: BrokerServices,
  admission: Admission,
  shared: SharedParts,
): Promise<void> {
  const { registry, monotonic, access } = services;
  const { answer, socket } = admission;
  const session = new LiveSession({
    id: answer.sessionId,
    grant: answer.grant,
    now: access.clock.now(),
    monotonic,
    confirmedAtMs: admission.askedAtMs,
  });
  const parts: Parts = {
    recorder: null,
    upstream: null,
    gate: null,
    exchange: null,
    relay: null,
    leaveMasks: null,
    policy: null,
    egress: null,
    stopped: null,
    problem: null,
  };
  registry.add(session, {
    onConfirmation: (confirmed) => parts.relay?.setConfirmed(confirmed),
    onPolicy: () => void parts.policy?.renew(),
    get busy() {
      return parts.relay === null || parts.relay.busy;
    },
  });
  const ended = new Promise<EndReason>((resolve) => session.onEnd(resolve));
  session.onEnd(() => parts.relay?.stop());
  try {
    await connect({ services, admission, session, parts, ...shared });
  } catch (error) {
    services.logger.warn({ sessionId: session.id, problem: messageOf(error) }, 'the session could not begin');
    parts.problem = faultProblem(error);
    session.end(isAppError(error, 'recording_failed') ? 'recording-failed' : 'upstream-failed');
  }
  const reason = await ended;
  // A target that ended the connection has said why, in a frame that the client has got.
  const told =
    reason === 'client-closed' || (reason === 'upstream-closed' && parts.exchange?.targetLeft === true);
  const problem = told ? null : (parts.problem ?? endingProblem(reason, session.grant));
  closeClient(socket, problem);
  const upstreamClosed =
    parts.upstream === null
      ? Promise.resolve()
      : closeUpstream(parts.upstream, { busy: parts.relay?.busy ?? false });
  noteUnfinished(parts, reason);
  const sealed = sealSession(services, { ...parts, live: session, reason });
  await Promise.all([upstreamClosed, parts.leaveMasks?.(), sealed]);
  registry.sealed(session);
}

async function connect(options: {
  services: BrokerServices;
  admission: Admission;
  session: LiveSession;
  parts: Parts;
  cancelKeys: CancelKeys;
  inspections: LargeInspections;
  maskCatalogs: MaskCatalogs;
  hashKey: Secret<Buffer>;
}): Promise<void> {
  const { services, admission, session, parts, inspections } = options;
  const { answer, socket } = admission;
  const { document } = services.access.policy.current();
  parts.recorder = openRecording({ journal: services.journal, facts: factsOf(admission) });
  const upstream = await openSessionUpstream(services, {
    grant: answer.grant,
    resource: answer.resource,
    roleName: answer.roleName,
    role: answer.role,
    credential: answer.credential,
    parameters: upstreamParameters(admission),
  });
  parts.upstream = upstream;
  const encodingIsFree = isUnrestricted(answer);
  const database = { ...(await readTargetFacts(upstream.socket)), encodingIsFree };
  const masks = await openMasks(options);
  if (session.ended !== null) return;
  const exchange = new Exchange();
  if (encodingIsFree) exchange.clientEncoding = upstream.parameters.get('client_encoding') ?? 'UTF8';
  limitEgress(options, answer.rules);
  const policy = new SessionPolicy({
    current: () => services.access.policy.current(),
    authorized: answer,
    masks,
    database,
    clientNames: exchange.clientNames,
    sqlNames: exchange.sqlNames,
    onVersion: (version) => gate.notePolicy(version),
    onRules: (rules) => limitEgress(options, rules),
    onEnd: (reason) => {
      if (session.ended === null) parts.problem = policyProblem(reason, answer.grant);
      session.end('policy-changed');
    },
  });
  const { judge } = policy;
  const gate = new Gate({ session, recorder: parts.recorder, judge, now: () => services.access.clock.now() });
  Object.assign(parts, { gate, exchange, policy });
  if (!policy.renew()) return;
  greet(options, {
    ...upstream,
    // A statement that waits for people is given up; anything else runs on the target.
    cancel: async () => {
      if (parts.relay?.giveUp() !== true) await upstream.cancel();
    },
  });
  watchSockets({ session, parts, client: socket, upstream: upstream.socket });
  parts.relay = startRelay(
    {
      session,
      resource: answer.resource,
      gate,
      exchange,
      masks,
      detection: createDetection(answer.masks, { hashKey: options.hashKey }),
      policy,
      get egress() {
        return parts.egress;
      },
      stop: (stop) => {
        parts.stopped = stop;
        parts.problem = stopProblem(stop.limit, answer.grant);
        session.end('stopped-by-rule');
      },
      approvals: services.approvals,
      policyVersion: () => services.access.policy.current().version,
      inspectLarge: (text) => inspections.inspect(text, policy.settings),
      monotonic: services.monotonic,
      logger: services.logger,
      limits: {
        statementBytesMax: document.broker.statementBytesMax,
        rowsPerStatementMax: document.recording.rowsPerStatementMax,
      },
    },
    { client: socket, upstream: upstream.socket },
  );
}

/** What is counted for rules that stay goes on. */
function limitEgress(
  { services, admission, parts }: { services: BrokerServices; admission: Admission; parts: Parts },
  rules: readonly CommandRule[],
): void {
  const counting = countingOf(services, { rules, grantId: admission.answer.grant.id });
  if (parts.egress !== null) parts.egress.replace(counting);
  else if (counting.limits.length > 0) parts.egress = new SessionEgress(new EgressMeter(counting));
}

/** Null where no mask names columns. */
async function openMasks(options: {
  admission: Admission;
  parts: Parts;
  maskCatalogs: MaskCatalogs;
}): Promise<SessionMasks | null> {
  const { resource, credential, masks } = options.admission.answer;
  const ofColumns = masks.filter(({ columns }) => columns !== undefined);
  if (ofColumns.length === 0) return null;
  const { catalog, leave } = options.maskCatalogs.join({ resource, credential, masks: ofColumns });
  options.parts.leaveMasks = leave;
  return SessionMasks.open(catalog);
}

/** A client whose session nothing narrows gets the encoding that it asked for. */
function upstreamParameters({ start, answer }: Admission): ReadonlyMap<string, string> {
  if (start.encoding === null || !isUnrestricted(answer)) return start.forwarded;
  return new Map([...start.forwarded, ['client_encoding', start.encoding]]);
}

/** What a client expects after its login: the target's parameters, a cancel key of ours, and readiness. */
function greet(
  options: { admission: Admission; session: LiveSession; cancelKeys: CancelKeys },
  upstream: Upstream,
): void {
  const { admission, session, cancelKeys } = options;
  const { key, release } = cancelKeys.issue({ minor: admission.minor, cancel: upstream.cancel });
  session.onEnd(release);
  const parameters = [...upstream.parameters].map(([name, value]) => encodeParameterStatus({ name, value }));
  admission.socket.write(
    Buffer.concat([
      encodeAuthenticationOk(),
      ...parameters,
      encodeBackendKeyData(key),
      encodeReadyForQuery('I'),
    ]),
  );
}

function watchSockets(options: {
  session: LiveSession;
  parts: Parts;
  client: Socket;
  upstream: Socket;
}): void {
  const { session, parts, client, upstream } = options;
  client.once('close', () => {
    // After a goodbye in the protocol the target finishes what it was asked; its own close ends the session.
    if (parts.relay?.clientTerminated !== true) session.end('client-closed');
  });
  upstream.once('close', () =>
    session.end(parts.relay?.clientTerminated === true ? 'client-closed' : 'upstream-closed'),
  );
  if (client.destroyed) session.end('client-closed');
}

/** What the target had not answered when the session was cut. */
function noteUnfinished(parts: Parts, reason: EndReason): void {
  for (const entry of parts.exchange?.giveUp() ?? []) {
    if (entry.kind !== 'query' && entry.kind !== 'execute' && entry.kind !== 'function-call') continue;
    entry.run?.fail({
      sqlState: '57P01',
      message: `The session ended (${reason}) before the answer was complete`,
    });
    entry.run?.finish();
  }
}

function factsOf(admission: Admission): SessionFacts {
  const { answer, clientAddress, start } = admission;
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
    application: start.application,
    policyVersion: answer.policyVersion,
    startedAt: answer.startedAt.toISOString(),
  };
}
