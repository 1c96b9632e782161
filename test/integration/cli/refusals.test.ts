/** What the server refuses, as each command says it: one line on stderr, nothing on stdout, status 1. In this process. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CastName } from '../../../src/demo/cast.ts';
import { type CliResult, runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';

const web = useWebHarness();
const tokens = new Map<CastName, string>();

beforeAll(async () => {
  for (const name of ['alice', 'bob', 'dana', 'carol'] as const)
    tokens.set(name, await web.current.tokenOf(name));
});
afterAll(() => tokens.clear());

const run = (name: CastName, ...args: string[]): Promise<CliResult> =>
  runCli(args, { url: web.current.url, token: tokens.get(name) ?? '' });

/** By whom, what, and what the refusal names. */
const REFUSED: readonly [CastName, readonly string[], string | RegExp][] = [
  ['bob', ['extend', 'g-nobody', '--by', '30m', '--because', 'not through'], 'g-nobody'],
  ['bob', ['done', 'g-nobody'], 'g-nobody'],
  ['carol', ['revoke', 'g-nobody', '--because', 'x'], 'g-nobody'],
  ['carol', ['revoke', '--person', 'nobody@example.com', '--because', 'x'], 'nobody@example.com'],
  ['bob', ['revoke', '--all', '--because', 'x'], /oversee|oversight/],
  ['alice', ['unfreeze', '--because', 'x'], /./],
  ['alice', ['breakglass', 'no-such-db', '--because', 'x'], 'no-such-db'],
  ['bob', ['review', 'no-such-review', '--justified'], 'no-such-review'],
  ['bob', ['cancel', 'r-nobody'], 'r-nobody'],
  ['bob', ['approve', 'r-nobody'], 'r-nobody'],
  ['bob', ['deny', 'r-nobody', '--because', 'x'], 'r-nobody'],
  ['bob', ['terminate', 's-nobody'], 's-nobody'],
  ['bob', ['session', 's-nobody'], 's-nobody'],
  ['bob', ['jobs', 'list'], /oversee|oversight/],
  ['bob', ['jobs', 'retry', '1'], /oversee|oversight/],
  ['alice', ['audit', 'tail'], /oversight/],
];

describe('a command that is refused', () => {
  test.each(REFUSED)('%s: %j', async (name, args, names) => {
    const { status, stdout, stderr } = await run(name, ...args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^sallyport: .+\n$/);
    expect(stderr).toMatch(names);
    // For scripts the same, so that what they parse is never a refusal.
    const asJson = await run(name, ...args, '--json');
    expect(asJson).toMatchObject({ status: 1, stdout: '' });
  });
});
