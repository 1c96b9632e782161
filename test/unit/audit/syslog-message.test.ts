import { expect, test } from 'vitest';
import type { Outgoing } from '../../../src/audit/sinks/sink.ts';
import { frameSyslog, syslogMessage } from '../../../src/audit/sinks/syslog-message.ts';

const SOURCE = { facility: 13, hostname: 'sallyport.example.com' };
const EVENT: Outgoing = {
  sequence: 7,
  uid: 'ab12',
  at: new Date('2026-11-22T10:00:00.123Z'),
  type: 'hold.created',
  subject: 'h-1',
  ocsf: { class_uid: 3004, severity_id: 2, time: 0, message: 'Grüße\n🔒' },
};

test('a message is RFC 5424, in ASCII, on one line', () => {
  expect(syslogMessage(EVENT, SOURCE)).toBe(
    '<109>1 2026-11-22T10:00:00.123Z sallyport.example.com sallyport - hold.created ' +
      '[meta sequenceId="7"][sallyport@32473 uid="ab12" subject="h-1" class="3004"] ' +
      '{"class_uid":3004,"severity_id":2,"time":0,"message":"Gr\\u00fc\\u00dfe\\n\\ud83d\\udd12"}',
  );
});

test('what follows is what was sent', () => {
  const text = syslogMessage(EVENT, SOURCE);
  expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual(EVENT.ocsf);
});

test('a frame begins with its length in octets', () => {
  const frame = frameSyslog(EVENT, SOURCE).toString('ascii');
  const [length, ...rest] = frame.split(' ');
  expect(rest.join(' ')).toHaveLength(Number(length));
});

test('no value gets out of its quotes', () => {
  const text = syslogMessage({ ...EVENT, subject: 'a"b]c\\d' }, SOURCE);
  expect(text).toContain('subject="a\\"b\\]c\\\\d" class=');
});

test('its id has 32 characters at most and no blank, and its number starts over', () => {
  const odd = { ...EVENT, type: `a b${'c'.repeat(40)}`, sequence: 2_147_483_648 };
  expect(syslogMessage(odd, SOURCE)).toContain(` - ab${'c'.repeat(30)} [meta sequenceId="1"]`);
  expect(syslogMessage({ ...odd, sequence: 2_147_483_647 }, SOURCE)).toContain('sequenceId="2147483647"');
});
