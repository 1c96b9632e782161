/** What lies on the sample host: a small app with its configuration, its logs and a script to look after it. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Below the home directory, as the other paths. */
export const MAINTENANCE = 'bin/maintenance';
export const APP_LOG = 'logs/checkout.log';
/** The app restarts when it is touched. */
export const RESTART_FILE = 'app/restart.txt';
export const APP_CONFIG = 'app/config.ini';
/** AWS's own example: it opens nothing, and a mask hides it all the same. */
export const SAMPLE_ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';

const LOG_LINES = 400;
const LOG_STARTS_AT = Date.UTC(2026, 0, 15, 9, 0, 0);
const LOG_STEP_MS = 7_300;
const EVERY_SO_MANY_FAIL = 23;

const SCRIPT = `#!/bin/sh
# Looks after the sample app.
app=$(dirname "$0")/../app
case "$1" in
  status) echo "checkout is $(cat "$app/state"), release $(cat "$app/release")" ;;
  restart)
    touch "$app/restart.txt"
    echo "checkout restarts" ;;
  *)
    echo "usage: maintenance status | restart" >&2
    exit 2 ;;
esac
`;

const FILES: Readonly<Record<string, string>> = {
  [MAINTENANCE]: SCRIPT,
  [APP_LOG]: sampleLog(),
  [APP_CONFIG]: `[checkout]\nlisten = 127.0.0.1:8080\nworkers = 4\n\n[storage]\nbucket = receipts\naccess_key = ${SAMPLE_ACCESS_KEY}\n`,
  'app/release': '2026.1.3\n',
  [RESTART_FILE]: 'The checkout restarts when this file is touched.\n',
  'app/state': 'running\n',
  'app/server.js': "console.log('This is where the checkout would be.');\n",
  'README.txt': 'The sample host of the demo. What happens here happens in this directory of your machine.\n',
};

/** Writes those that are missing: what a visitor has changed stays. */
export function writeSampleFiles(home: string): void {
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(home, name);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  chmodSync(join(home, MAINTENANCE), 0o755);
}

function sampleLog(): string {
  const lines = Array.from({ length: LOG_LINES }, (_, index) => {
    const at = new Date(LOG_STARTS_AT + index * LOG_STEP_MS).toISOString();
    const order = 48_000 + index;
    return index % EVERY_SO_MANY_FAIL === 0
      ? `${at} ERROR refund of order ${order}: the payment provider did not answer`
      : `${at} INFO order ${order} paid`;
  });
  return `${lines.join('\n')}\n`;
}
