import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { BodyWriter } from '../../../src/broker/postgres/codec/body-writer.ts';
import { bodyOf, Framer } from '../../../src/broker/postgres/codec/framer.ts';
import * as extended from '../../../src/broker/postgres/codec/frontend-extended.ts';
import * as simple from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { FRONTEND } from '../../../src/broker/postgres/codec/message-types.ts';
import { FrontendRelay } from '../../../src/broker/postgres/frontend-relay.ts';
import { isAppError } from '../../../src/core/errors.ts';
import { loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import type { RecordingInput } from '../../../src/recording/events.ts';
import { frontendOutput, relayContext } from '../../support/relay-context.ts';

const STAND_IN = 'sallyport_refused_this_statement';

beforeAll(() => loadSqlParser());

function world(statementBytesMax = 1_024) {
  const events: RecordingInput[] = [];
  const forwarded: Buffer[] = [];
  const context = relayContext({
    allow: ['select', 'insert', 'copy-in'],
    record: (event) => void events.push(event),
    statementBytesMax,
  });
  const relay = new FrontendRelay(
    context,
    frontendOutput((bytes) => void forwarded.push(bytes)),
  );
  const { exchange } = context;
  return { relay, exchange, events, forwarded: () => Buffer.concat(forwarded) };
}

/** The texts of all statements in a stream of messages to the target. */
function statementsIn(stream: Buffer): string[] {
  const texts: string[] = [];
  new Framer({
    treat: () => 'whole',
    whole: (type, message) => {
      if (type === FRONTEND.query) texts.push(simple.parseQuery(bodyOf(message)).toString());
      if (type === FRONTEND.parse) texts.push(extended.parseParse(bodyOf(message)).text.toString());
    },
    piece: () => undefined,
    skipped: () => undefined,
  }).push(stream);
  return texts;
}

const sql = fc.constantFrom(
  'select 1',
  'delete from customers',
  'select 1; drop table customers',
  'with d as (delete from customers returning *) select * from d',
  'not sql at all',
  '',
  `select '${'x'.repeat(2_000)}'`,
  'copy customers from stdin',
);
const name = fc.constantFrom('', 'a', 'b');
const message = fc.oneof(
  sql.map((text) => simple.encodeQuery(text)),
  fc.tuple(name, sql).map(([of, text]) => extended.encodeParse({ name: of, text })),
  fc
    .tuple(name, name)
    .map(([portal, statement]) =>
      extended.encodeBind({ portal, statement, parameterFormats: [], parameters: [null], resultFormats: [] }),
    ),
  name.map((portal) => extended.encodeExecute({ portal, rowsMax: 0 })),
  name.map((of) => extended.encodeDescribe({ target: 'portal', name: of })),
  name.map((of) => extended.encodeClose({ target: 'statement', name: of })),
  fc.constant(simple.encodeSync()),
  fc.constant(simple.encodeFlush()),
  fc.constant(simple.encodeCopyData(Buffer.from('delete from customers'))),
  fc.constant(simple.encodeCopyDone()),
  fc.constant(new BodyWriter().string('delete from customers').message(FRONTEND.functionCall)),
  fc.constant(Buffer.concat([Buffer.from('Q'), Buffer.from([0, 0, 0, 7, 0xff, 0xfe, 0])])),
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
);

describe('what reaches the target', () => {
  test('is only what was judged, allowed and recorded before, whatever a client sends and however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 20 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 8 }),
        (messages, cuts) => {
          const { relay, events, forwarded } = world();
          const stream = Buffer.concat(messages);
          const edges = [
            0,
            ...cuts.map((cut) => Math.min(cut, stream.length)).toSorted((a, b) => a - b),
            stream.length,
          ];
          try {
            edges.slice(1).forEach((edge, index) => {
              relay.push(stream.subarray(edges[index], edge));
            });
          } catch (error) {
            expect(isAppError(error, 'invalid_input')).toBe(true);
          }
          const allowed = events.flatMap((event) =>
            event.type === 'statement' && event.verdict.action === 'allow' && event.protocol !== 'execute'
              ? [event.text]
              : [],
          );
          expect(statementsIn(forwarded()).filter((text) => text !== STAND_IN)).toEqual(allowed);
          expect(forwarded().includes('delete from')).toBe(false);
          expect(forwarded().includes('drop table')).toBe(false);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('of an execution is one that was bound to an allowed statement', () => {
    const { relay, forwarded, events } = world();
    relay.push(
      Buffer.concat([
        extended.encodeParse({ name: 'a', text: 'select $1' }),
        extended.encodeBind({
          portal: '',
          statement: 'a',
          parameterFormats: [],
          parameters: [Buffer.from('7')],
          resultFormats: [],
        }),
        extended.encodeDescribe({ target: 'portal', name: '' }),
        extended.encodeExecute({ portal: '', rowsMax: 0 }),
        simple.encodeSync(),
      ]),
    );
    expect(events).toMatchObject([
      { type: 'statement', protocol: 'prepare', text: 'select $1' },
      { type: 'statement', protocol: 'execute', text: 'select $1', parameters: ['7'] },
    ]);
    expect(
      forwarded()
        .toString('latin1')
        .match(/[PBDES]\0\0/g),
    ).toHaveLength(5);
  });

  test('waits behind COPY FROM STDIN until the target has answered', () => {
    const { relay, forwarded } = world();
    relay.push(
      Buffer.concat([simple.encodeQuery('copy customers from stdin'), simple.encodeQuery('select 1')]),
    );
    expect(statementsIn(forwarded())).toEqual(['copy customers from stdin']);
    relay.resolved();
    expect(statementsIn(forwarded())).toEqual(['copy customers from stdin', 'select 1']);
  });
});
