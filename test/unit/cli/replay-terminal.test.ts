import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openTerminal } from '../../support/ssh/terminal.ts';

const PROGRAM = fileURLToPath(new URL('programs/play-cast.ts', import.meta.url));

test('a replay is stopped by a key, shows no key, and leaves the terminal as it was', async () => {
  const environment = { PATH: process.env['PATH'] ?? '' };
  const terminal = openTerminal(process.execPath, [PROGRAM], { environment });
  await terminal.waitFor('full screen');
  terminal.type('x q');
  await terminal.waitFor('done, raw: false');
  expect(await terminal.exited).toMatchObject({ status: 0 });
  expect(terminal.screen()).toBe('\ndone, raw: false');
});
