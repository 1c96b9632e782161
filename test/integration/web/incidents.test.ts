/** An incident's timeline over the API and the command line's words for it. */
import { expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { renderIncidentTimeline } from '../../../src/cli/incident-wording.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { INCIDENT_TIMELINE } from '../../../src/web/schemas/incidents.ts';
import { REQUEST } from '../../../src/web/schemas/requests.ts';
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
    cut: false,
  });
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
