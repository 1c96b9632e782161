import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OVERLAP_BYTES, WINDOW_BYTES } from '../../../../src/broker/ssh/recording/line-mask.ts';
import { tries } from '../../../support/thoroughness.ts';
import { cutAt, DETECTED, recordedHost, shownOf } from './recorded-host.ts';

const KEY_BODY = 'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaXkVqzVn3Yb0aE9';
/** Values, and what must not be seen of them. */
const SECRETS: readonly (readonly [string, string])[] = [
  ['4111 1111 1111 1111', '1111 1111'],
  ['AKIAIOSFODNN7EXAMPLQ', 'IOSFODNN7'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P', 'zdWIiOiIxMjM0'],
  ['deploy.bot@example.com', 'deploy.bot'],
  ['postgres://app:s3cr3t-pa55@10.0.0.5/orders', 's3cr3t'],
  [
    `-----BEGIN RSA PRIVATE KEY-----\n${KEY_BODY}\n${KEY_BODY}\n-----END RSA PRIVATE KEY-----`,
    'MIIEpAIBAAKC',
  ],
];
const NOTHING = { kind: 'exec', terminal: null, detail: null, number: 1 } as const;

function run(
  pieces: readonly Buffer[],
  options: Parameters<typeof recordedHost>[0] = {},
): { shown: Buffer; recorded: string; maskedCells: number } {
  const host = recordedHost(options);
  const record = host.record.openChannel(NOTHING);
  const flow = record.output({ statement: null, stream: 'stdout', as: 'command' });
  const shown = shownOf(flow, pieces);
  expect(flow.bytes).toBe(shown.length);
  record.close({ status: 0, signal: null });
  return { shown, recorded: host.text(), maskedCells: flow.maskedCells };
}

const places = fc.array(fc.nat(), { maxLength: 12 });
const anyBytes = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
const fragments = fc.oneof(
  fc.constantFrom(
    '\n',
    '\r\n',
    '\r',
    ' ',
    '\u001b[31m',
    '\u001b[0m',
    '\u001b]0;title\u0007',
    'total 8',
    'ü',
    '日本',
    '💥',
  ),
  fc.constantFrom(...SECRETS.map(([secret]) => secret)),
  fc.string({ maxLength: 30 }),
);
const anyOutput = fc.array(fragments, { maxLength: 20 }).map((parts) => Buffer.from(parts.join('')));

describe('the output of a command', () => {
  it('passes untouched where nothing is masked, whatever its bytes are and however they were cut', () => {
    fc.assert(
      fc.property(anyBytes, places, (bytes, cuts) => {
        const { shown, recorded } = run(cutAt(bytes, cuts));
        expect(shown.equals(bytes)).toBe(true);
        expect(recorded).toBe(bytes.toString('utf8'));
      }),
      { numRuns: tries({ byDay: 200, byNight: 5_000 }) },
    );
  });

  it('is handed on without a copy where nothing is masked', () => {
    const host = recordedHost();
    const flow = host.record
      .openChannel(NOTHING)
      .output({ statement: null, stream: 'stdout', as: 'command' });
    const chunk = Buffer.from('a chunk');
    expect(flow.push(chunk)).toBe(chunk);
  });

  it('is masked and recorded the same however it was cut', () => {
    fc.assert(
      fc.property(anyOutput, places, (bytes, cuts) => {
        const whole = run([bytes], { detect: DETECTED });
        const cut = run(cutAt(bytes, cuts), { detect: DETECTED });
        expect(cut.shown.toString('latin1')).toBe(whole.shown.toString('latin1'));
        expect(cut.recorded).toBe(whole.recorded);
        expect(cut.maskedCells).toBe(whole.maskedCells);
        expect(whole.recorded).toBe(whole.shown.toString('utf8'));
      }),
      { numRuns: tries({ byDay: 300, byNight: 10_000 }) },
    );
  });

  it('shows no value that is to be masked, at whatever place it stands and however it was cut', () => {
    const around = fc.tuple(fc.nat({ max: WINDOW_BYTES * 2 }), fc.nat({ max: OVERLAP_BYTES }));
    fc.assert(
      fc.property(fc.constantFrom(...SECRETS), around, places, ([secret, hidden], [before, after], cuts) => {
        const bytes = Buffer.from(`${'. '.repeat(before / 2)} ${secret} ${' -'.repeat(after / 2)}\nend\n`);
        const { shown, recorded } = run(cutAt(bytes, cuts), { detect: DETECTED });
        expect(shown.includes(hidden)).toBe(false);
        expect(recorded).not.toContain(hidden);
        expect(recorded).toContain('***');
        expect(recorded.endsWith('end\n')).toBe(true);
      }),
      { numRuns: tries({ byDay: 60, byNight: 1_500 }) },
    );
  });

  it('masks a value at every edge of a window of a long line', () => {
    const secret = '4111111111111111';
    for (const edge of [WINDOW_BYTES - OVERLAP_BYTES, WINDOW_BYTES]) {
      for (let at = edge - secret.length - 2; at <= edge + 2; at += 1) {
        const line = `${'x '.repeat(at / 2).padEnd(at, ' ')}${secret} ${'y '.repeat(WINDOW_BYTES)}`;
        const { shown } = run([Buffer.from(line)], { detect: DETECTED });
        expect(shown.includes('41111111'), `at ${at}`).toBe(false);
        expect(shown.toString()).toBe(line.replace(secret, '***'));
      }
    }
  });

  it('hides a value that is longer than a window to its end', () => {
    const secret = `eyJhbGciOiJIUzI1NiJ9.${'QmFzZTY0'.repeat(WINDOW_BYTES / 4)}.c2ln`;
    const { shown } = run([Buffer.from(`token ${secret} behind\n`)], { detect: DETECTED });
    expect(shown.toString()).toMatch(/^token \*\*\*(\*\*\*)? behind\n$/);
  });

  it('finds a value in two colours and keeps the colours', () => {
    const { shown, maskedCells } = run([Buffer.from('card \u001b[1;31m4111 1111\u001b[0m 1111 1111\n')], {
      detect: DETECTED,
    });
    expect(shown.toString()).toBe('card \u001b[1;31m***\u001b[0m\n');
    expect(maskedCells).toBe(1);
  });

  it('finds a value in the title of a window', () => {
    const { shown } = run([Buffer.from('\u001b]0;card 4111 1111 1111 1111\u0007ok\n')], { detect: DETECTED });
    expect(shown.toString()).toBe('\u001b]0;card ***\u0007ok\n');
  });

  it('hides the lines of a private key and shows what follows', () => {
    const { shown } = run([Buffer.from(`before\n${SECRETS[5]?.[0]}\nafter\n`)], { detect: DETECTED });
    expect(shown.toString()).toBe('before\n***\n\n\n\nafter\n');
  });

  it('does not hide everything behind a key that never ends', () => {
    const text = '-----BEGIN RSA PRIVATE KEY-----\nThis is no key at all.\nbehind\n';
    const { shown } = run([Buffer.from(text)], { detect: DETECTED });
    expect(shown.toString()).toBe('***\nThis is no key at all.\nbehind\n');
  });

  it('keeps bytes that are no text beside a value that is masked', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0x20]), Buffer.from('4111111111111111 \n')]);
    const { shown } = run([bytes], { detect: DETECTED });
    expect(shown).toEqual(Buffer.concat([Buffer.from([0xff, 0xfe, 0x20]), Buffer.from('*** \n')]));
  });
});

describe('what is recorded of a long output', () => {
  const bytes = Buffer.from('0123456789'.repeat(10));

  for (const [max, recordedBytes] of [
    [99, 99],
    [100, 100],
    [101, 100],
    [0, 0],
  ] as const) {
    it(`is its first ${max} of ${bytes.length} bytes, and a mark with how many there were where some are missing`, () => {
      const host = recordedHost({ limits: { outputBytesPerCommandMax: max } });
      const record = host.record.openChannel(NOTHING);
      const flow = record.output({ statement: null, stream: 'stdout', as: 'command' });
      expect(shownOf(flow, cutAt(bytes, [7, 50, 99])).equals(bytes)).toBe(true);
      record.close({ status: 0, signal: null });
      expect(host.text()).toBe(bytes.subarray(0, recordedBytes).toString());
      const marks = host.events.filter(({ type }) => type === 'mark');
      const label = `stdout: the first ${max} of 100 bytes are recorded`;
      expect(marks).toMatchObject(max < bytes.length ? [{ label }] : []);
    });
  }

  it('counts both streams of one command together', () => {
    const host = recordedHost({ limits: { outputBytesPerCommandMax: 15 } });
    const record = host.record.openChannel(NOTHING);
    const statement = { statement: 3 } as never;
    const [out, err] = (['stdout', 'stderr'] as const).map((stream) =>
      record.output({ statement, stream, as: 'command' }),
    );
    out?.push(bytes.subarray(0, 10));
    err?.push(bytes.subarray(0, 10));
    out?.end();
    err?.end();
    record.close({ status: 0, signal: null });
    const recorded = host.events.flatMap((event) => (event.type === 'output' ? [event] : []));
    expect(recorded.map(({ stream, text, statement: of }) => [of, stream, text])).toEqual([
      [3, 'stdout', '0123456789'],
      [3, 'stderr', '01234'],
    ]);
  });
});
