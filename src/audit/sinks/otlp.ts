/** OpenTelemetry logs over HTTP, in JSON. See https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import { quoted } from '../../core/errors.ts';
import { createHttpCaller, parseObject, requireSuccess } from './http-call.ts';
import type { OtlpSettings } from './settings.ts';
import { ContentRefused, type Outgoing, type Sink, SinkFault } from './sink.ts';

const EVENTS_MAX = 500;
const SEVERITY_NUMBERS: Readonly<Record<number, readonly [number, string]>> = {
  1: [9, 'INFO'],
  2: [10, 'INFO2'],
  3: [13, 'WARN'],
  4: [17, 'ERROR'],
  5: [21, 'FATAL'],
};
const INFO = [9, 'INFO'] as const;

export function openOtlp(settings: OtlpSettings): Sink {
  const { token } = settings;
  const http = createHttpCaller(settings);
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token.reveal()}` }),
  };
  return {
    eventsMax: EVENTS_MAX,
    sendMsMax: settings.timeoutMs,
    send: async (events) => {
      const answer = await http.post({ url: new URL(settings.url), headers, body: bodyOf(events) });
      requireSuccess(answer, quoted(answer.body));
      requireAllTaken(answer.body, events.length);
      return [];
    },
    close: () => http.close(),
  };
}

/** Which were rejected is not said: each is then sent by itself. */
function requireAllTaken(body: string, sent: number): void {
  const partial = parseObject(body)?.['partialSuccess'];
  if (typeof partial !== 'object' || partial === null) return;
  const rejected = Number(Reflect.get(partial, 'rejectedLogRecords') ?? 0);
  if (!Number.isFinite(rejected)) throw new SinkFault('its answer does not say what became of each event');
  if (rejected === 0) return;
  const why = quoted(String(Reflect.get(partial, 'errorMessage') ?? ''));
  throw new ContentRefused(`it rejected ${rejected} of ${sent} events${why === '' ? '' : `: ${why}`}`);
}

function bodyOf(events: readonly Outgoing[]): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [textAttribute('service.name', 'sallyport')] },
        scopeLogs: [{ scope: { name: 'sallyport.audit' }, logRecords: events.map(recordOf) }],
      },
    ],
  });
}

function recordOf(event: Outgoing) {
  const [severityNumber, severityText] = SEVERITY_NUMBERS[event.ocsf.severity_id] ?? INFO;
  const nanoseconds = `${event.at.getTime()}000000`;
  return {
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber,
    severityText,
    eventName: event.type,
    body: { stringValue: JSON.stringify(event.ocsf) },
    attributes: [
      textAttribute('log.record.uid', event.uid),
      textAttribute('sallyport.subject', event.subject),
      { key: 'sallyport.sequence', value: { intValue: String(event.sequence) } },
    ],
  };
}

function textAttribute(key: string, value: string) {
  return { key, value: { stringValue: value } };
}
