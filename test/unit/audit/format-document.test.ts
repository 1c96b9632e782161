/**
 * Holds docs/audit-log.md to what the code does: the document's vector is what the chainer's own functions write, and a
 * second verifier, made from the document alone (nothing of ours is imported for it), passes the vector and fails
 * what was done to it.
 */
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyLogFile } from '../../../src/audit/verify-file.ts';
import { parsePublicKey } from '../../../src/recording/public-key.ts';
import { chained, exportLines, exportText } from '../../support/sample-log.ts';
import { sampleKeys } from '../recording/sample-data.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/audit-log.md', import.meta.url), 'utf8');

/** The last fenced block of this language. */
function block(language: string): string {
  const start = DOCUMENT.lastIndexOf(`\`\`\`${language}\n`) + language.length + 4;
  return DOCUMENT.slice(start, DOCUMENT.indexOf('\n```', start));
}

const PEM = block('pem');
const EXPORT = `${block('jsonl')}\n`;

function vector(): string {
  const keys = sampleKeys();
  const signer = keys.newest;
  const events = chained([
    {
      type: 'session.started',
      subject: 's-1',
      actorId: 'p-1',
      data: { grantId: 'g-aaaaaaaa', application: 'psql' },
    },
    {
      type: 'session.ended',
      subject: 's-1',
      data: {
        reason: 'client-closed',
        recordingHead: '5f739559ebb4d0038f501677560f6bac888d62899423869a6954c28dbfbff724',
        recordingBytes: 1_537,
        commands: 1,
      },
    },
    {
      type: 'vote.cast',
      subject: 'r-2',
      actorId: 'p-2',
      data: { '10': [], '9': {}, ä: '“\n\u{1f512}”', Z: 1.5 },
    },
    { type: 'grant.expired', subject: 'g-aaaaaaaa', data: {} },
  ]);
  return exportText(exportLines(events, signer)).toString('utf8');
}

interface Line {
  readonly kind: string;
  readonly sequence: number;
  readonly previousSha256?: string;
  readonly sha256: string;
  readonly at: string;
  readonly signingKeySha256?: string;
  readonly signature?: string;
}

/** RFC 8785 for what an export holds. */
function jcs(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const object = value as Record<string, unknown>;
  const names = Object.keys(object).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${jcs(object[name])}`).join(',')}}`;
}

/** The second implementation. @returns the code of the first thing that is wrong, or null */
function verifyByTheDocument(
  text: string,
  { pem, known = null }: { pem: string; known?: { sequence: number; sha256: string } | null },
): string | null {
  const key = createPublicKey(pem);
  const keySha256 = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  let before: Line | null = null;
  let signed: Line | null = null;
  let compared = false;
  const lines = text.split('\n');
  if (lines.pop() !== '') return 'malformed_line';
  for (const text of lines) {
    const line = JSON.parse(text) as Line;
    if (jcs(line) !== text) return 'malformed_line';
    if (line.kind === 'event') {
      const expected: number = before === null ? line.sequence : before.sequence + 1;
      if (line.sequence > expected) return 'event_missing';
      if (line.sequence < expected) return 'out_of_order';
      const previous: string | undefined =
        line.sequence === 1 ? '0'.repeat(64) : (before?.sha256 ?? line.previousSha256);
      if (line.previousSha256 !== previous) return 'chain_broken';
      const { kind: _, sha256, ...said } = line;
      const hashed = createHash('sha256')
        .update(`sallyport audit event v1\0${jcs(said)}`)
        .digest('hex');
      if (hashed !== sha256) return 'event_altered';
      if (known?.sequence === line.sequence) {
        compared = true;
        if (known.sha256 !== sha256) return 'rewritten';
      }
      before = line;
      continue;
    }
    if (line.signingKeySha256 !== keySha256) return 'wrong_key';
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64BE(BigInt(line.sequence));
    numbers.writeBigUInt64BE(BigInt(Date.parse(line.at)), 8);
    const message = Buffer.concat([
      Buffer.from('sallyport audit head v1\0'),
      numbers,
      Buffer.from(line.sha256, 'hex'),
    ]);
    if (!verifySignature(null, message, key, Buffer.from(line.signature ?? '', 'hex')))
      return 'bad_signature';
    if (before?.sequence !== line.sequence) return 'head_out_of_place';
    if (before.sha256 !== line.sha256) return 'rewritten';
    signed = line;
  }
  if (signed === null || before === null) return 'unsigned';
  if (Date.parse(before.at) - Date.parse(signed.at) > 120_000) return 'unsigned';
  if (known === null || compared) return null;
  return known.sequence > before.sequence ? 'cut' : 'head_not_covered';
}

describe('docs/audit-log.md', () => {
  it('shows what an export writes, byte for byte', () => {
    expect(EXPORT).toBe(vector());
    expect(PEM.trim()).toBe(sampleKeys().publicKeyPem.trim());
  });

  it('suffices for a second verifier, which agrees with ours about what was done to it', async () => {
    const lines = EXPORT.split('\n').slice(0, -1);
    const [one = '', two = '', three = '', head = '', four = '', last = ''] = lines;
    const text = (...parts: string[]): string => parts.map((part) => `${part}\n`).join('');
    const sha256 = block('head').trim();
    const cases: readonly [string, string, { sequence: number; sha256: string } | null, string | null][] = [
      ['as it is', EXPORT, null, null],
      ['with what chat shows', EXPORT, { sequence: 4, sha256 }, null],
      ['a part', text(two, three, head, four, last), null, null],
      ['an event changed', EXPORT.replace('"p-2"', '"p-3"'), null, 'event_altered'],
      ['an event removed', text(one, three, head, four, last), null, 'event_missing'],
      ['an event repeated', text(one, two, two, three, head, four, last), null, 'out_of_order'],
      ['a head moved', text(one, two, three, four, head, last), null, 'head_out_of_place'],
      ['no heads', text(one, two, three, four), null, 'unsigned'],
      ['a signature changed', EXPORT.replace(/"signature":"./, '"signature":"0'), null, 'bad_signature'],
      ['blanks', EXPORT.replace(',', ', '), null, 'malformed_line'],
      ['its end cut', text(one, two, three, head), { sequence: 4, sha256 }, 'cut'],
      ['another event than chat shows', EXPORT, { sequence: 3, sha256 }, 'rewritten'],
      ['a part behind what chat shows', text(four, last), { sequence: 3, sha256 }, 'head_not_covered'],
    ];
    const key = parsePublicKey(PEM);
    for (const [name, changed, known, code] of cases) {
      expect(verifyByTheDocument(changed, { pem: PEM, known }), name).toBe(code);
      const report = await verifyLogFile({ bytes: Buffer.from(changed), key, witnessed: known });
      expect(report.problems[0]?.code ?? null, name).toBe(code);
    }
  });

  it('names every code of the verifier', () => {
    const codes = readFileSync(new URL('../../../src/audit/log-walk.ts', import.meta.url), 'utf8');
    const [, union = ''] = /LogProblemCode =([^;]+);/.exec(codes) ?? [];
    const named = union.match(/[a-z_]{3,}/g) ?? [];
    expect(named.length).toBeGreaterThan(10);
    for (const code of named) expect(DOCUMENT).toContain(`\`${code}\``);
  });
});
