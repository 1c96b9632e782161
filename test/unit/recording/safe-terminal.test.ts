import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFrom, plainTextOf, terminalParts } from '../../../src/recording/escape-sequences.ts';
import { SafeTerminal } from '../../../src/recording/safe-terminal.ts';
import { tries } from '../../support/thoroughness.ts';

const ESC = '\u001b';
/** Any UTF-16, controls more often than not. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0x9f })), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));
const safe = (...pieces: readonly string[]): string => {
  const terminal = new SafeTerminal();
  return pieces.map((piece) => terminal.push(piece)).join('');
};

/** What makes a terminal do something else than draw. */
const DANGEROUS: readonly (readonly [what: string, sequence: string])[] = [
  ['writes the clipboard', `${ESC}]52;c;ZXZpbA==\u0007`],
  ['writes the clipboard, ended by ST', `${ESC}]52;c;ZXZpbA==${ESC}\\`],
  ['writes the clipboard in eight bits', '\u009d52;c;ZXZpbA==\u009c'],
  ['sets the title', `${ESC}]0;x\u0007`],
  ['reports the title', `${ESC}[21t`],
  ['asks what it is', `${ESC}[c`],
  ['asks what it is, secondary', `${ESC}[>c`],
  ['asks what it is, VT52', `${ESC}Z`],
  ['asks where the cursor is', `${ESC}[6n`],
  ['asks for a setting', `${ESC}P$qm${ESC}\\`],
  ['asks for a mode', `${ESC}[?1$p`],
  ['asks for a colour', `${ESC}]11;?\u0007`],
  ['asks for its answerback', '\u0005'],
  ['reports the mouse', `${ESC}[?1000h`],
  ['reports pastes', `${ESC}[?2004h`],
  ['changes keys', `${ESC}[>4;2m`],
  ['changes the keyboard protocol', `${ESC}[>1u`],
  ['resets the terminal', `${ESC}c`],
  ['links somewhere', `${ESC}]8;;https://example.com${ESC}\\`],
  ['shows an image', `${ESC}_Gf=32;AAAA${ESC}\\`],
  ['resizes the window', `${ESC}[8;1;1t`],
  ['rings', '\u0007'],
  ['reorders text', '\u202e'],
  ['hides a mode among others', `${ESC}[?25;1000h`],
];

/** Of what must not be left. */
const BEGINNINGS = [...']PX^_cZ']
  .map((character) => `${ESC}${character}`)
  .concat('\u0005', '\u0007', '\u009b', '\u009d');

/** What draws. */
const DRAWING: readonly string[] = [
  `${ESC}[31m`,
  `${ESC}[38;2;1;2;3m`,
  `${ESC}[38:5:12m`,
  `${ESC}[2J`,
  `${ESC}[H`,
  `${ESC}[10;20H`,
  `${ESC}[K`,
  `${ESC}[?25l`,
  `${ESC}[?1049h`,
  `${ESC}[2;20r`,
  `${ESC}(0`,
  `${ESC}(B`,
  `${ESC}7`,
  `${ESC}8`,
  `${ESC}M`,
  `${ESC}[2 q`,
  '\b',
  '\r\n',
  '\t',
  'ü日本💥',
];

describe('what of a recording a terminal is given', () => {
  it.each(DANGEROUS)('is nothing that %s', (_what, sequence) => {
    expect(safe(`a${sequence}b`)).toBe('ab');
  });

  it('is what draws', () => {
    expect(safe(DRAWING.join('x'))).toBe(DRAWING.join('x'));
  });

  it('is the same however it comes in pieces', () => {
    const part = fc.oneof(
      fc.constantFrom(
        ...DRAWING,
        ...DANGEROUS.map(([, sequence]) => sequence),
        ESC,
        `${ESC}[`,
        `${ESC}]`,
        '\u009b',
      ),
      anyText,
    );
    const texts = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
        const pieces = [...places, text.length].map((end, index) => text.slice(places[index - 1] ?? 0, end));
        const shown = safe(...pieces);
        expect(shown).toBe(safe(text));
        // And nothing is left in it that would have been taken out.
        expect(safe(shown)).toBe(shown.slice(0, openFrom(shown)));
        for (const beginning of BEGINNINGS) expect(shown).not.toContain(beginning);
      }),
      { numRuns: tries({ byDay: 150, byNight: 20_000 }) },
    );
  });

  it('waits no longer than a sequence may be', () => {
    const endless = `${ESC}]0;${'x'.repeat(5_000)}`;
    expect(safe(endless, 'y').length).toBeGreaterThan(4_900);
    expect(safe(`${ESC}]0;${'x'.repeat(4_000)}`)).toBe('');
  });
});

describe('the parts of a terminal text', () => {
  it('are all of it, in order, whatever it is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parts = terminalParts(text);
        expect(parts.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
        expect(parts.every(({ start, end }) => end > start)).toBe(true);
      }),
    );
  });

  it('read as text without what only a terminal understands', () => {
    expect(plainTextOf(`${ESC}[1;31mred${ESC}[0m ${ESC}]0;title\u0007plain\u0007`)).toBe('red plain');
  });
});
