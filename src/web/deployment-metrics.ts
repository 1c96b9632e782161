import type { AccessContext } from '../access/context.ts';
import { readGauges } from '../access/read-gauges.ts';
import { readSinkStandings, type SinkStanding } from '../access/sinks/read-sinks.ts';
import type { Metric } from './metrics.ts';

/** What /metrics shows of the deployment's state, whichever replica is asked. */
export async function deploymentMetrics(access: AccessContext): Promise<Metric[]> {
  const gauges = await readGauges(access);
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: [{ value }],
  });
  return [
    gauge('requests_pending', 'Requests that wait for a decision.', gauges.requestsPending),
    gauge('grants_live', 'Grants that are being issued or are active.', gauges.grantsLive),
    gauge('sessions_live', 'Sessions that have not ended.', gauges.sessionsLive),
    gauge('holds_waiting', 'Commands that wait for approval.', gauges.holdsWaiting),
    gauge('outbox_waiting', 'Jobs committed but not yet in the queue.', gauges.outboxWaiting),
    gauge('outbox_oldest_seconds', 'Age of the oldest job not yet in the queue.', gauges.outboxOldestSeconds),
    gauge('dead_letters_waiting', 'Jobs that gave up and wait for somebody.', gauges.deadLettersWaiting),
    gauge(
      'recordings_to_store',
      'Sealed recordings that are not in object storage yet.',
      gauges.recordingsToStore,
    ),
    gauge(
      'recordings_to_store_oldest_seconds',
      'Since the end of the session whose recording waits longest for object storage.',
      gauges.recordingsToStoreOldestSeconds,
    ),
    gauge(
      'sessions_to_index',
      'Sessions that have ended and are not in the search to their end.',
      gauges.sessionsToIndex,
    ),
    gauge(
      'sessions_to_index_oldest_seconds',
      'Since the end of the session that waits longest for the search.',
      gauges.sessionsToIndexOldestSeconds,
    ),
    gauge('events_unchained', 'Audit events without a place in the chain.', gauges.eventsUnchained),
    ...sinkMetrics(await readSinkStandings(access)),
  ];
}

function sinkMetrics(sinks: readonly SinkStanding[]): Metric[] {
  const gauge = (name: string, help: string, value: (sink: SinkStanding) => number): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: sinks.map((sink) => ({ labels: { sink: sink.name }, value: value(sink) })),
  });
  if (sinks.length === 0) return [];
  return [
    gauge('sink_lag_events', 'Audit events that a sink has not taken.', (sink) => sink.lagEvents),
    gauge(
      'sink_lag_seconds',
      'Age of the first audit event that a sink has not taken.',
      (sink) => sink.lagSeconds,
    ),
    gauge('sink_dead_letters', 'Audit events that a sink would not take.', (sink) => sink.deadLetters),
    gauge('sink_failing', 'Whether the last attempt to send to a sink failed.', (sink) =>
      Number(sink.failing),
    ),
    gauge('sink_paused', 'Whether a sink is paused.', (sink) => Number(sink.paused)),
  ];
}
