/**
 * Ways in which commands got past other brokers' prompts. A role that refuses `touch`, and then one that runs three
 * programs only: whatever is typed, the target is never sent anything else, and what runs is what the screen showed.
 */
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readShellAttacks } from '../../../../support/shell-corpus.ts';
import { tries } from '../../../../support/thoroughness.ts';
import { type GuidedWorld, guidedWorld, type WorldOptions } from './guided-world.ts';
import { letters, seenForm } from './seen-form.ts';

const NO_TOUCH = `rules:
  - { name: no-touch, on: { kind: ssh }, match: { programs: [touch] }, action: deny }
`;
const THREE = '{ shell: guided, programs: [ls, cat, echo] }';
const SETTLED = 'it has settled';

let home = '';
const worlds: GuidedWorld[] = [];

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sallyport-guided-test-')));
  await writeFile(join(home, 'notes.txt'), 'some notes\n');
});

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    world.closeChannel();
    world.endInput();
    await world.status;
    world.live.end('client-closed');
  }
  await rm(home, { recursive: true, force: true });
});

async function ready(options: Partial<WorldOptions>): Promise<GuidedWorld> {
  const world = guidedWorld({ home, ...options });
  worlds.push(world);
  await world.waitFor(/\$ $/m);
  return world;
}

/** Types it, gives up whatever is still open, and waits until all of it was served. */
async function served(world: GuidedWorld, bytes: string): Promise<string> {
  world.type(bytes);
  await expect.poll(() => isIdle(world), { timeout: 5_000, interval: 5 }).toBe(true);
  world.type(`\x03\x15echo ${SETTLED}\r`);
  return world.waitFor(new RegExp(`^${SETTLED}$`, 'm'));
}

let lastSeen = '';
let sameFor = 0;
async function isIdle(world: GuidedWorld): Promise<boolean> {
  const seen = `${world.ran.length} ${world.statements.length} ${await world.text()}`;
  sameFor = seen === lastSeen ? sameFor + 1 : 0;
  lastSeen = seen;
  return sameFor >= 4;
}

const CTRL = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 0x1f);
const UP = '\x1b[A';

/** Name, bytes, what the recording of statements must name of it. */
const TRICKS: readonly (readonly [string, string])[] = [
  ['Ctrl-J instead of Enter', 'touch x\n'],
  ['Ctrl-O instead of Enter', 'touch x\x0f'],
  ['Ctrl-J inside a line', 'ls\ntouch x\r'],
  ['a carriage return inside a line', 'ls\rtouch x\r'],
  ['a zmodem header that the target prints', "printf '**\\030B00000000000000\\r'\rtouch x\r"],
  ['an alternate screen that the target opens', "printf '\\033[?1049h\\033[2;1H'\rtouch x\r"],
  ['an alternate screen that is typed', '\x1b[?1049h\x1b[2;1Htouch x\r'],
  ['an editor', 'vim notes.txt\r:!touch x\r'],
  ['a password that is none', "PS1='password: '; stty -echo\rtouch x\r"],
  ['kill-line, then yank and Enter in one packet', `touch x${CTRL('u')}${CTRL('y')}\r`],
  ['kill-line, then yank and Ctrl-J in another', `touch x${CTRL('u')}`],
  [
    'a line wider than the screen, with Ctrl-A and Ctrl-E',
    `ls ${'#'.repeat(500)}${CTRL('a')}${CTRL('e')}; touch x\r`,
  ],
  [
    'a line wider than the screen that begins with it',
    `touch x; echo ${'#'.repeat(500)}${CTRL('a')}${CTRL('e')}\r`,
  ],
  ['Up and Enter', `touch x\r${UP}\r`],
  ['!!', 'touch x\r!!\r'],
  ['!touch', 'touch x\r!touch\r'],
  ['a macro of a key', 'bind \'"a":"touch x\\n"\'\ra'],
  ['single quotes', "t'ou'ch x\r"],
  ['double quotes', 't"ou"ch x\r'],
  ['a backslash', 't\\ouch x\r'],
  ['a variable', 'c=touch\r$c x\r'],
  ['a variable of the same line', 'c=touch; $c x\r'],
  ['an exported variable', 'export c=touch\r$c x\r'],
  ['an alias', "alias t='touch x'\rt\r"],
  ['a glob', '/usr/bin/touc? x\r'],
  ['a backslash and a line feed', 'tou\\\rch x\r'],
  ['a here-document for a shell', 'sh <<E\rtouch x\rE\r'],
  ['a here-document that is pasted', '\x1b[200~sh <<E\ntouch x\nE\n\x1b[201~\r'],
  ['base64', 'echo dG91Y2ggeA== | base64 -d | sh\r'],
  ['an interpreter', 'python3 -c \'import os; os.system("touch x")\'\r'],
  ['a shell of its own', 'bash\rtouch x\r'],
  ['a paste with line feeds', '\x1b[200~touch x\ntouch y\n\x1b[201~'],
  ['a paste that ends itself', '\x1b[200~ls\x1b[201~\ntouch x\n\x1b[201~'],
  ['a search of the history', `touch x\r${CTRL('r')}tou\r`],
  ['Ctrl-D and more', `touch x${CTRL('d')}\r`],
  ['undo', `touch x${CTRL('u')}\x1f\r`],
  ['keys that exchange letters', `otuch x${CTRL('a')}${CTRL('f')}${CTRL('t')}\r`],
  ['a background job', 'touch x &\r'],
  ['an answer of the terminal', '\x1b]0;\x07touch x\r'],
  ['letters that cannot be seen', 'tou\u200bch x\r'],
  ['letters that change the direction', '\u202etouch x\r'],
];

const MAY_RUN = /^(?:ls|cat|echo|printf|stty|bind|':!touch')(?: |$)/;

describe.each([
  ['a role that refuses touch', { policy: NO_TOUCH }],
  ['a role that runs ls, cat and echo', { role: THREE }],
] as const)('under %s', (_role, options) => {
  test.each(TRICKS)('%s', async (_trick, bytes) => {
    const world = await ready(options);
    await served(world, bytes);
    expect(await readdir(home)).toEqual(['notes.txt']);
    for (const { canonical } of world.ran) expect(canonical).toMatch(MAY_RUN);
    if ('role' in options)
      for (const { canonical } of world.ran) expect(canonical).toMatch(/^(?:ls|cat|echo)\b/);
    // Whatever ran is in the recording by that very text.
    for (const { canonical } of world.ran) expect(world.statements).toContain(canonical);
  });

  test('every attack of the corpus, typed and pasted', async () => {
    const rows = readShellAttacks().filter(({ group }) => group === 'table' || group === 'debug-trap');
    expect(rows.length).toBeGreaterThan(40);
    const world = await ready(options);
    for (const { command } of rows) {
      world.type(`${command}\r\x03`);
      world.type(`\x1b[200~${command}\x1b[201~\r\x03`);
    }
    await served(world, '');
    expect(await readdir(home)).toEqual(['notes.txt']);
    expect(
      world.ran.some(
        ({ canonical }) => /\btouch x/.test(canonical) && !/^(?:echo|printf|:|t)\b/.test(canonical),
      ),
    ).toBe(false);
  });
});

test('what runs is what the screen showed at Enter, whatever is typed, however it is cut and resized', async () => {
  const PART = fc.oneof(
    fc.constantFrom(
      'echo ',
      'a',
      'b c',
      '漢',
      '👍',
      'é',
      "'",
      '"',
      '\\',
      '|',
      '&&',
      ' ',
      '-',
      '#',
      '\u202e',
      '\t',
    ),
    fc.constantFrom(
      '\x01',
      '\x02',
      '\x05',
      '\x06',
      '\x0b',
      '\x0c',
      '\x0f',
      '\x10',
      '\x12',
      '\x14',
      '\x15',
      '\x17',
      '\x19',
      '\x1f',
      '\x7f',
    ),
    fc.constantFrom(
      UP,
      '\x1b[B',
      '\x1b[D',
      '\x1b[1;5D',
      '\x1bd',
      '\x1b\r',
      '\x1b[200~echo p\nq\x1b[201~',
      '\x1b[5;5R',
      '\r',
      '\n',
    ),
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(PART, { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 4 }),
      async (parts, widths) => {
        const world = guidedWorld({ home, role: THREE });
        for (const [index, part] of parts.entries()) {
          world.type(part);
          const columns = widths[index];
          if (columns !== undefined) world.resize({ columns, rows: (columns % 30) + 1 });
          if (index % 7 === 0) await new Promise(setImmediate);
        }
        world.endInput();
        await world.status;
        world.live.end('client-closed');
        const typedLines = world.recorded.events.flatMap((event) =>
          event.type === 'input' ? [event.text] : [],
        );
        for (const [index, { text }] of world.requests.entries())
          expect(letters(world.shownAt[index] ?? '')).toContain(letters(seenForm(text)));
        // Each needs an Enter of its own.
        const enters = parts.join('').length + parts.filter((part) => typeof part !== 'string').length * 4;
        expect(typedLines.length).toBeLessThanOrEqual(enters);
        for (const { canonical } of world.ran) expect(canonical).toMatch(/^(?:! )?(?:ls|cat|echo|cd -- )/);
      },
    ),
    { numRuns: tries({ byDay: 60, byNight: 2_000 }) },
  );
});
