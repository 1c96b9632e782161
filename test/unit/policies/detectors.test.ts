import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDetection, type Detection, maskDetected } from '../../../src/policies/detectors/detection.ts';
import { NO_CLUE } from '../../../src/policies/detectors/detector.ts';
import { maskJson } from '../../../src/policies/detectors/json.ts';
import { OWN_RULES } from '../../../src/policies/detectors/own-secret-rules.ts';
import { GITLEAKS_RULES } from '../../../src/policies/detectors/secret-rules-data.ts';
import {
  COMMON_DETECTOR_NAMES,
  DETECTOR_NAMES,
  detectorsNamed,
} from '../../../src/policies/detectors/table.ts';
import type { Mask } from '../../../src/policies/document/schema.ts';
import { sampleOfPattern } from './sample-of-pattern.ts';

const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n-----END RSA PRIVATE KEY-----';
const AWS_SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzEXAMPLEK';

/** What the detector finds, through the search for clues as rows go through it. */
function found(name: string, text: string): string[] {
  return detectorsNamed([name]).flatMap((detector) =>
    detector.clueIn(Buffer.from(text), 0) === NO_CLUE
      ? []
      : detector.find(text).map(({ start, end }) => text.slice(start, end)),
  );
}

const FOUND: readonly (readonly [string, string, string])[] = [
  ['credit-card', 'paid with 4111111111111111.', '4111111111111111'],
  ['credit-card', '4111 1111 1111 1111 12/26 123', '4111 1111 1111 1111'],
  ['credit-card', '5500-0000-0000-0004', '5500-0000-0000-0004'],
  ['credit-card', '(378282246310005)', '378282246310005'],
  ['credit-card', '3782 822463 10005', '3782 822463 10005'],
  ['credit-card', '30569309025904', '30569309025904'],
  ['credit-card', '3530111333300000', '3530111333300000'],
  ['credit-card', '6011000990139424', '6011000990139424'],
  ['credit-card', '12 4111 1111 1111 1111', '4111 1111 1111 1111'],
  ['credit-card', '4111\u00a01111\u00a01111\u00a01111', '4111\u00a01111\u00a01111\u00a01111'],
  ['iban', 'to DE89370400440532013000 today', 'DE89370400440532013000'],
  ['iban', 'DE89 3704 0044 0532 0130 00', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'gb29 nwbk 6016 1331 9268 19', 'gb29 nwbk 6016 1331 9268 19'],
  ['iban', 'MT84MALT011000012345MTLCAST001S,', 'MT84MALT011000012345MTLCAST001S'],
  ['iban', 'NO9386011117947', 'NO9386011117947'],
  ['email', 'write to <alice.o-neil+x@mail.example.co.uk>!', 'alice.o-neil+x@mail.example.co.uk'],
  ['email', '"jürgen@müller.example"', 'jürgen@müller.example'],
  ['email', 'a@b.xn--p1ai', 'a@b.xn--p1ai'],
  ['phone', 'call +49 (0)170 1234567 now', '+49 (0)170 1234567'],
  ['phone', '00491701234567', '00491701234567'],
  ['phone', '+1 212-555-0199', '+1 212-555-0199'],
  ['phone', '(212) 555-0199', '(212) 555-0199'],
  ['phone', '212.555.0199', '212.555.0199'],
  ['jwt', `Bearer ${JWT}`, JWT],
  ['jwt', `${JWT.slice(0, JWT.lastIndexOf('.'))}.`, `${JWT.slice(0, JWT.lastIndexOf('.'))}.`],
  ['private-key', `key:\n${PEM}\nend`, PEM],
  [
    'private-key',
    '-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbn',
    '-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Blbn',
  ],
  ['private-key', 'PuTTY-User-Key-File-3: ssh', 'PuTTY-User-Key-File-3: ssh'],
  ['url-password', 'postgres://app:s3cr:t@db:5432/x', 's3cr:t'],
  ['aws-key', 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  ['aws-key', `aws_secret_access_key = ${AWS_SECRET}`, AWS_SECRET],
  [
    'saas-key',
    'token ghp_aB3dE5gH7jkL9mN1pQ3rS5tU7vW9xY1zA3bC, ok',
    'ghp_aB3dE5gH7jkL9mN1pQ3rS5tU7vW9xY1zA3bC',
  ],
  ['github-pat', 'ghp_aB3dE5gH7jkL9mN1pQ3rS5tU7vW9xY1zA3bC', 'ghp_aB3dE5gH7jkL9mN1pQ3rS5tU7vW9xY1zA3bC'],
];

const NOT_FOUND: readonly (readonly [string, string])[] = [
  ['credit-card', '4111111111111112'],
  ['credit-card', 'a4111111111111111'],
  ['credit-card', '0.4111111111111111'],
  ['credit-card', '41111111111111111111111111'],
  ['credit-card', '1732233600000'],
  ['credit-card', '2024-01-01 12:00:00.123456'],
  ['credit-card', '41111111-1111-4111-8111-111111111111'],
  ['credit-card', '0000 0000 0000 0000'],
  ['iban', 'DE89370400440532013001'],
  ['iban', 'ZZ89370400440532013000'],
  ['iban', 'DE8937040044053201300'],
  ['email', 'user@localhost'],
  ['email', '@decorator.call'],
  ['email', 'a@1.2'],
  ['phone', '2024-01-01'],
  ['phone', '1234567890'],
  ['phone', '192.168.100.200'],
  ['phone', '+99 1'],
  ['jwt', 'eyJust some text. And more. Of it'],
  ['private-key', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----'],
  ['url-password', 'https://example.com:8080/a@b'],
  ['aws-key', 'AKIA is a prefix'],
  ['saas-key', 'we ask for the task at risk, s. above; linear, sentry and okta are vendors'],
  ['saas-key', `sha1 ${'ab12'.repeat(10)}`],
];

describe('detectors', () => {
  test.each(FOUND)('%s finds what it is for: %s', (name, text, value) => {
    expect(found(name, text)).toEqual([value]);
  });

  test.each(NOT_FOUND)('%s leaves alone: %s', (name, text) => {
    expect(found(name, text)).toEqual([]);
  });

  test('every rule for a key finds keys made by its own pattern', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const blind = [...GITLEAKS_RULES, ...OWN_RULES].filter(({ name, pattern, mentions }) => {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        const sample = sampleOfPattern(pattern, random);
        const text = `${mentions[0] ?? ''} ${sample}`;
        if (found(name, text).length + found(name, `${text} `).length === 0) return true;
      }
      return false;
    });
    expect(blind.map(({ name }) => name)).toEqual([]);
  });

  test('a clue is never missed: whatever is found anywhere in a text, its bytes suggested it', () => {
    const samples = FOUND.map(([, text]) => text);
    const detectors = detectorsNamed(COMMON_DETECTOR_NAMES);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 80 }),
        fc.constantFrom(...samples),
        fc.string({ maxLength: 80 }),
        (before, sample, after) => {
          const text = `${before}${sample}${after}`;
          for (const detector of detectors) {
            const clue = detector.clueIn(Buffer.from(text), 0);
            const [first] = detector.find(text);
            if (first === undefined) continue;
            expect(clue).toBeLessThanOrEqual(Buffer.byteLength(text.slice(0, first.end)));
          }
        },
      ),
    );
  });

  test('no text takes long, whatever it suggests', () => {
    const detectors = detectorsNamed(DETECTOR_NAMES);
    const unit = fc.constantFrom(
      ...[
        '4',
        '41',
        '4111 ',
        'DE89',
        'a@',
        '@a.b',
        'eyJ',
        'eyJa.',
        '+49',
        '://a:',
        'sk_live_',
        'okta = ',
        'ghp_',
        'aaaaaaaa',
      ],
      ...['-----BEGIN PRIVATE KEY-----', '-----BEGIN ', 'AKIA', 'secret_key=', ' ', '.', '-', 'x'],
    );
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 6 }), (units) => {
        const short = units.join('').repeat(1_000);
        const before = performance.now();
        for (const detector of detectors) detector.find(short.repeat(4));
        expect(performance.now() - before).toBeLessThan(5_000);
      }),
      { numRuns: 15 },
    );
  });
});

describe('masking what is detected', () => {
  const detection = (...masks: Pick<Mask, 'detect' | 'with'>[]): Detection => {
    const created = createDetection(
      masks.map((mask) => ({ name: 'mask', ...mask })),
      { hashKey: null },
    );
    if (created === null) throw new Error('nothing is detected');
    return created;
  };

  test('replaces the value alone, as its mask says', () => {
    const { text } = detection(
      { detect: ['credit-card'], with: { keepLast: 4 } },
      { detect: ['email'], with: 'redact' },
    ).mask('card 4111111111111111 of a.b@example.com.') ?? { text: '' };
    expect(text).toBe('card ************1111 of ***.');
  });

  test('redacts where values of different masks overlap', () => {
    const masked = detection(
      { detect: ['url-password'], with: { keepLast: 4 } },
      { detect: ['email'], with: { keepFirst: 2 } },
    ).mask('db://u:secret@host.example.com');
    expect(masked?.text).toBe('db://u:***');
  });

  test('leaves no detection where no mask detects', () => {
    expect(
      createDetection([{ name: 'm', columns: ['a.b.c'], with: 'redact' }], { hashKey: null }),
    ).toBeNull();
  });

  test('a text for people says how much it hides', () => {
    const names = ['credit-card', 'aws-key'];
    expect(maskDetected('select 1', names)).toEqual({ text: 'select 1', found: 0 });
    expect(
      maskDetected("update c set n = '4111111111111111' where k = 'AKIAIOSFODNN7EXAMPLE'", names),
    ).toEqual({
      text: "update c set n = '***' where k = '***'",
      found: 2,
    });
  });

  test.each([
    ['{"a": "4111111111111111", "b": 1.50}', '{"a": "***", "b": 1.50}'],
    ['{"a": 4111111111111111}', '{"a": "***"}'],
    ['["\\u0034111111111111111"]', '["***"]'],
    ['{"4111111111111111": true}', '{"***": true}'],
    [`{"aws_secret_access_key": "${AWS_SECRET}", "x": null}`, '{"aws_secret_access_key": "***", "x": null}'],
    [JSON.stringify({ pem: PEM }), '{"pem":"***"}'],
  ])('JSON stays JSON: %s', (text, masked) => {
    const everything = detection({ detect: ['credit-card', 'aws-key', 'private-key'], with: 'redact' });
    expect(maskJson(text, everything)?.text).toBe(masked);
    JSON.parse(masked);
  });

  test('JSON without a hit is left as it is, and no JSON breaks the reader', () => {
    const cards = detection({ detect: ['credit-card'], with: 'redact' });
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(maskJson(text, cards)).toBeNull();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        maskJson(text, cards);
      }),
    );
  });
});
