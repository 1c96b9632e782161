import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as authentication from '../../../src/broker/postgres/codec/authentication.ts';
import { bodyOf } from '../../../src/broker/postgres/codec/framer.ts';
import * as extended from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, parseQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { encodeFunctionCall, parseFunctionCall } from '../../../src/broker/postgres/codec/function-call.ts';
import { encodeProblem, encodeReport, parseReport } from '../../../src/broker/postgres/codec/report.ts';
import {
  encodeDataRow,
  encodeRowDescription,
  parseDataRow,
  parseRowDescription,
} from '../../../src/broker/postgres/codec/rows.ts';
import * as startup from '../../../src/broker/postgres/codec/startup.ts';
import * as status from '../../../src/broker/postgres/codec/status.ts';
import { isAppError } from '../../../src/core/errors.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((one) => !one.includes('\0'));
const oid = fc.nat({ max: 4_294_967_295 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((one) => Buffer.from(one));
const format = fc.constantFrom<extended.Format>(0, 1);
const target = fc.record({
  target: fc.constantFrom<'statement' | 'portal'>('statement', 'portal'),
  name: text,
});
const afterLength = (packet: Buffer): Buffer => packet.subarray(4);

describe('messages survive being written and read', () => {
  test('Query, Parse, Bind, Describe, Execute, Close', () => {
    fc.assert(
      fc.property(text, (sql) => {
        expect(parseQuery(bodyOf(encodeQuery(sql))).toString()).toBe(sql);
      }),
    );
    fc.assert(
      fc.property(
        fc.record({ name: text, text, parameterTypes: fc.array(oid, { maxLength: 5 }) }),
        (message) => {
          const parsed = extended.parseParse(bodyOf(extended.encodeParse(message)));
          expect({ ...parsed, text: parsed.text.toString() }).toEqual(message);
        },
      ),
    );
    const bind = fc.record({
      portal: text,
      statement: text,
      parameterFormats: fc.array(format, { maxLength: 4 }),
      parameters: fc.array(fc.option(bytes), { maxLength: 4 }),
      resultFormats: fc.array(format, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(bind, (message) => {
        expect(extended.parseBind(bodyOf(extended.encodeBind(message)))).toEqual(message);
      }),
    );
    fc.assert(
      fc.property(target, fc.nat(), (named, rowsMax) => {
        expect(extended.parseDescribe(bodyOf(extended.encodeDescribe(named)))).toEqual(named);
        expect(extended.parseClose(bodyOf(extended.encodeClose(named)))).toEqual(named);
        const message = { portal: named.name, rowsMax };
        expect(extended.parseExecute(bodyOf(extended.encodeExecute(message)))).toEqual(message);
      }),
    );
  });

  test('FunctionCall', () => {
    const call = fc.record({
      functionOid: oid,
      argumentFormats: fc.array(format, { maxLength: 4 }),
      arguments: fc.array(fc.option(bytes), { maxLength: 4 }),
      resultFormat: format,
    });
    fc.assert(
      fc.property(call, (message) => {
        expect(parseFunctionCall(bodyOf(encodeFunctionCall(message)))).toEqual(message);
      }),
    );
  });

  test('start-up packets of 3.0 and 3.2, and the requests before them', () => {
    const parameters = fc.uniqueArray(
      fc.tuple(
        text.filter((name) => name !== ''),
        text,
      ),
      { selector: ([name]) => name, maxLength: 6 },
    );
    fc.assert(
      fc.property(parameters, fc.constantFrom(0, 2), (given, minor) => {
        const parsed = startup.parseStartupPacket(
          afterLength(startup.encodeStartup({ minor, parameters: given })),
        );
        expect(parsed).toEqual({ kind: 'startup', minor, parameters: new Map(given) });
      }),
    );
    expect(startup.parseStartupPacket(afterLength(startup.encodeSslRequest()))).toEqual({
      kind: 'ssl-request',
    });
    expect(startup.parseStartupPacket(afterLength(startup.encodeGssRequest()))).toEqual({
      kind: 'gss-request',
    });
    const key = { processId: 77, key: Buffer.from('0123456789abcdef0123456789abcdef', 'hex') };
    expect(startup.parseStartupPacket(afterLength(startup.encodeCancelRequest(key)))).toEqual({
      kind: 'cancel',
      ...key,
    });
  });

  test('rows and their descriptions', () => {
    const column = fc.record({
      name: text,
      tableOid: oid,
      attributeNumber: fc.integer({ min: -32_768, max: 32_767 }),
      typeOid: oid,
      typeSize: fc.integer({ min: -32_768, max: 32_767 }),
      typeModifier: fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
      format,
    });
    fc.assert(
      fc.property(
        fc.array(column, { maxLength: 5 }),
        fc.array(fc.option(bytes), { maxLength: 5 }),
        (columns, values) => {
          expect(parseRowDescription(bodyOf(encodeRowDescription(columns)))).toEqual(columns);
          expect(parseDataRow(bodyOf(encodeDataRow(values)))).toEqual(values);
        },
      ),
    );
  });

  test('reports, status and authentication', () => {
    const fields = new Map([
      ['S', 'ERROR'],
      ['C', '42501'],
      ['M', 'no'],
    ]);
    expect(parseReport(bodyOf(encodeReport('error', fields)))).toEqual(fields);
    const problem = { severity: 'FATAL', sqlState: '57P01', message: 'm', detail: 'd', hint: 'h' } as const;
    expect(Object.fromEntries(parseReport(bodyOf(encodeProblem(problem))))).toMatchObject({
      V: 'FATAL',
      C: '57P01',
      M: 'm',
      D: 'd',
      H: 'h',
    });
    for (const one of ['I', 'T', 'E'] as const)
      expect(status.parseReadyForQuery(bodyOf(status.encodeReadyForQuery(one)))).toBe(one);
    const parameter = { name: 'client_encoding', value: 'UTF8' };
    expect(status.parseParameterStatus(bodyOf(status.encodeParameterStatus(parameter)))).toEqual(parameter);
    const key = { processId: 5, key: Buffer.from([1, 2, 3, 4]) };
    expect(status.parseBackendKeyData(bodyOf(status.encodeBackendKeyData(key)))).toEqual(key);
    expect(status.parseCommandComplete(bodyOf(status.encodeCommandComplete('SELECT 1')))).toBe('SELECT 1');
    expect(
      authentication.parseAuthenticationRequest(bodyOf(authentication.encodeAuthenticationOk())),
    ).toEqual({ kind: 'ok' });
    const sasl = { kind: 'sasl', mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] };
    expect(
      authentication.parseAuthenticationRequest(bodyOf(authentication.encodeSasl(sasl.mechanisms))),
    ).toEqual(sasl);
    const initial = { mechanism: 'SCRAM-SHA-256', data: 'n,,n=,r=abc' };
    expect(
      authentication.parseSaslInitialResponse(bodyOf(authentication.encodeSaslInitialResponse(initial))),
    ).toEqual(initial);
  });
});

describe('whatever arrives', () => {
  const parsers: Readonly<Record<string, (body: Buffer) => unknown>> = {
    parseQuery,
    parseParse: extended.parseParse,
    parseBind: extended.parseBind,
    parseDescribe: extended.parseDescribe,
    parseClose: extended.parseClose,
    parseExecute: extended.parseExecute,
    parseFunctionCall,
    parseStartupPacket: startup.parseStartupPacket,
    parseRowDescription,
    parseDataRow,
    parseReport,
    parseReadyForQuery: status.parseReadyForQuery,
    parseParameterStatus: status.parseParameterStatus,
    parseBackendKeyData: status.parseBackendKeyData,
    parseAuthenticationRequest: authentication.parseAuthenticationRequest,
    parseSaslInitialResponse: authentication.parseSaslInitialResponse,
  };

  test.each(Object.entries(parsers))(
    '%s returns or refuses with a protocol violation, and never anything else',
    (_name, parse) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), (body) => {
          try {
            parse(Buffer.from(body));
          } catch (error) {
            expect(isAppError(error, 'invalid_input') && error.context['sqlState']).toBe('08P01');
          }
        }),
      );
    },
  );

  test('a name that is not UTF-8 is refused, so that two names never read the same', () => {
    const parse = Buffer.from(extended.encodeParse({ name: 'x', text: 'select 1' }));
    parse[5] = 0xff;
    expect(() => extended.parseParse(bodyOf(parse))).toThrow('not UTF-8');
  });

  test('a count that promises more than there is costs nothing', () => {
    const body = Buffer.concat([Buffer.from('\0\0'), Buffer.from([0, 0, 0xff, 0xff])]);
    expect(() => extended.parseBind(body)).toThrow('ends before its fields do');
  });
});
