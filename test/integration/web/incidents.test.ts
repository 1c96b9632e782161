/** An incident's timeline over the API and the command line's words for it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { renderIncidentTimeline } from '../../../src/cli/incident-wording.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { INCIDENT_PAGE, INCIDENT_TIMELINE, REPORT_LINE } from '../../../src/web/schemas/incidents.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();
const PLAIN: Pick<Terminal, 'style'> = { style: (_style, text) => text };

test('tells who asked and who decided, as JSON, as Markdown and in a terminal', async () => {
  const { access, call, person, url, browserOf } = web.current;
  const json = {
    resource: 'orders-db',
    role: 'read',
    reason: 'rows \u001b[31mare* missing',
    incident: 'inc-7',
  };
  const made = REQUEST.parse((await call('alice', { path: '/requests', json })).body);
  await castVote(access, {
    ...{ requestId: made.id, voter: await person('bob'), verdict: 'deny', durationMs: null },
    ...{ note: 'look at the replica', platform: 'web' },
  });
  const answer = await call('dana', { path: '/incidents/inc-7/timeline' });
  expect(answer.status).toBe(200);
  const timeline = INCIDENT_TIMELINE.parse(answer.body);
  expect(timeline).toMatchObject({
    name: 'inc-7',
    title: null,
    state: 'open',
    hiddenSessions: 0,
    statementsLeftOut: 0,
    cut: false,
    resources: ['orders-db'],
  });
  expect(timeline.people.map(({ person: { name }, roles }) => [name, roles])).toEqual([
    ['Alice Moreau', ['asked for access']],
    ['Bob Lindqvist', ['decided on requests']],
  ]);
  expect(timeline.entries.map(({ kind, subject }) => [kind, subject])).toEqual([
    ['request', made.id],
    ['vote', made.id],
    ['request', made.id],
  ]);
  const shown = renderIncidentTimeline(PLAIN, timeline);
  expect(shown).toContain(`${made.id}  Bob Lindqvist denied it: look at the replica`);
  expect(shown).toContain('rows \\u{1b}[31mare* missing');

  const { cookie = '' } = await browserOf('dana');
  const document = await fetch(`${url}/api/v1/incidents/inc-7/timeline?format=markdown`, {
    headers: { cookie },
  });
  expect(document.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(document.headers.get('content-disposition')).toBe('inline; filename="timeline-inc-7.md"');
  const text = await document.text();
  expect(text).toMatch(/^# Incident inc\\-7\n/);
  expect(text).toContain('are\\* missing');
});

test('is there for those who sign in, for incidents that there are, in formats that there are', async () => {
  const { call, url } = web.current;
  expect((await fetch(`${url}/api/v1/incidents/inc-7/timeline`)).status).toBe(401);
  expect((await call('dana', { path: '/incidents/inc-nobody/timeline' })).status).toBe(404);
  expect((await call('dana', { path: '/incidents/inc-7/timeline?format=pdf' })).status).toBe(400);
  expect((await call('dana', { path: `/incidents/${'x'.repeat(101)}/timeline` })).status).toBe(400);
});

test('is in the list of incidents, a page at a time', async () => {
  const { call } = web.current;
  for (const incident of ['inc-8', 'inc-9']) {
    const json = { resource: 'orders-db', role: 'read', reason: 'look', incident };
    await call('alice', { path: '/requests', json });
  }
  const page = async (query: string) =>
    INCIDENT_PAGE.parse((await call('dana', { path: `/incidents${query}` })).body);
  const first = await page('?limit=2');
  expect(first.items.map(({ name }) => name)).toEqual(['inc-9', 'inc-8']);
  const second = await page(`?limit=2&cursor=${encodeURIComponent(first.next ?? '')}`);
  expect([second.items.map(({ name }) => name), second.next]).toEqual([['inc-7'], null]);
  expect((await page('?search=INC-8')).items).toMatchObject([
    { name: 'inc-8', state: null, requests: 1, pending: 1 },
  ]);
  expect((await call('dana', { path: '/incidents?cursor=x' })).status).toBe(400);
});

test('has a report, as a file in three formats, and told as it is made', async () => {
  const { browserOf, call, url } = web.current;
  const headers = await browserOf('dana');
  const get = (query: string) => fetch(`${url}/api/v1/incidents/inc-7/report${query}`, { headers });
  const html = await get('');
  expect(html.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(html.headers.get('content-disposition')).toBe('attachment; filename="report-inc-7.html"');
  expect(html.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
  expect(await html.text()).toContain('look at the replica');
  expect((await get('?format=markdown')).headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(await (await get('?format=json')).json()).toMatchObject({ version: 1, name: 'inc-7' });
  expect((await get('?format=pdf')).status).toBe(400);
  expect((await call('dana', { path: '/incidents/inc-nobody/report' })).status).toBe(404);
  expect((await call('dana', { path: '/incidents/inc-nobody/report', json: {} })).status).toBe(404);
  expect((await fetch(`${url}/api/v1/incidents/inc-7/report`)).status).toBe(401);

  const told = await call('dana', { path: '/incidents/inc-7/report', json: { format: 'json' } });
  const lines = String(told.body)
    .trim()
    .split('\n')
    .map((line) => REPORT_LINE.parse(JSON.parse(line)));
  expect(lines[0]).toEqual({ progress: { done: 0, of: 0 } });
  expect(lines.at(-1)).toMatchObject({ document: { name: 'report-inc-7.json' } });
});

test('is listed and reported by the command line', async () => {
  const { directory, tokenOf, url } = web.current;
  const as = { url, token: await tokenOf('dana'), workingDirectory: directory };
  const file = join(directory, 'inc-7.html');
  const written = await runCli(['incident', 'report', 'inc-7', '--output', file], as);
  expect([written.status, written.stdout]).toEqual([0, '']);
  expect(written.stderr).toContain(`Wrote ${file}.`);
  expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
  const printed = await runCli(['incident', 'report', 'inc-7'], as);
  expect(printed.stdout).toMatch(/^# Incident \\#inc\\-7\n/);
  expect(JSON.parse((await runCli(['incident', 'report', 'inc-7', '--json'], as)).stdout)).toMatchObject({
    version: 1,
  });
  const listed = await runCli(['incident', 'list', '--search', 'inc-7'], as);
  expect(listed.stdout).toMatch(/^by name {2}inc-7 {2}1 requests, 0 sessions, last \d{4}-/);
  const unknown = await runCli(['incident', 'report', 'inc-nobody'], as);
  expect([unknown.status, unknown.stdout]).toEqual([1, '']);
  expect(unknown.stderr).toContain('Nothing was asked for in an incident inc-nobody.');
  expect((await runCli(['incident', 'report', 'inc-7', '--format', 'pdf'], as)).status).toBe(2);
  expect((await runCli(['incident', 'report', 'inc-7', '--format', 'html', '--json'], as)).status).toBe(2);
});
