/** The examples of docs/ssh-files.md: what stands after an arrow is what `policy explain` answers. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import { explainStatement } from '../../../src/policies/rules/explain.ts';

const TEXT = readFileSync('docs/ssh-files.md', 'utf8');
const block = (kind: string): string[] =>
  [...TEXT.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);

const LINE = /^(?<role>\w+): (?<text>.+) -> (?<verdict>\w+)(?: by (?<rule>[\w-]+))?(?:: (?<words>.+))?$/;
const QUESTIONS = block('asked')
  .flatMap((text) => text.trim().split('\n'))
  .map((line) => LINE.exec(line)?.groups ?? { text: `not understood: ${line}` });

describe('docs/ssh-files.md', () => {
  const parsed = parsePolicyDocument(block('yaml base').join(''), { toStart: false });

  test.each(QUESTIONS)('$role: $text', ({ role = null, text = '', verdict, rule = null, words = '' }) => {
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const answer = explainStatement({ document: parsed.document, resource: 'web-1', role, text });
    expect(answer).toMatchObject({ verdict, rule });
    expect(answer.reason).toContain(words);
  });
});
