/** Every kind of sink. A new one is a file, its settings, and a line here. */
import { openElasticsearch } from './elasticsearch.ts';
import { openOtlp } from './otlp.ts';
import type { OpenSettings } from './settings.ts';
import type { Sink } from './sink.ts';
import { openSplunkHec } from './splunk-hec.ts';
import { openSyslog } from './syslog.ts';
import { openWebhook } from './webhook.ts';

type Open<Kind extends OpenSettings['kind']> = (
  settings: Extract<OpenSettings, { kind: Kind }>,
  now: () => Date,
) => Sink;

const KINDS: { readonly [Kind in OpenSettings['kind']]: Open<Kind> } = {
  webhook: openWebhook,
  'splunk-hec': openSplunkHec,
  elasticsearch: openElasticsearch,
  syslog: openSyslog,
  otlp: openOtlp,
};

/** Connects when something is sent. @throws AppError `config_invalid` when a key is not one */
export function openSink<Kind extends OpenSettings['kind']>(
  settings: Extract<OpenSettings, { kind: Kind }>,
  now: () => Date,
): Sink {
  const open: Open<Kind> = KINDS[settings.kind as Kind];
  return open(settings, now);
}
