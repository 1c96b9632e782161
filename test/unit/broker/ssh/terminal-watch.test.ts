import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TerminalWatch } from '../../../../src/broker/ssh/raw/terminal-watch.ts';
import { tries } from '../../../support/thoroughness.ts';
import { cutAt } from './recorded-host.ts';

const ESC = '\u001b';

function watch(columns = 80) {
  const inputs: string[] = [];
  const marks: string[] = [];
  const terminal = new TerminalWatch(
    { input: (line) => void inputs.push(line), mark: (label) => void marks.push(label) },
    columns,
  );
  const type = (text: string): void => terminal.typed(Buffer.from(text));
  const print = (text: string): void => terminal.printed(Buffer.from(text));
  /** A key and its echo. */
  const echo = (text: string): void => {
    for (const key of text) {
      type(key);
      print(key);
    }
  };
  const enter = (): void => {
    type('\r');
    print('\r\n');
  };
  return { terminal, inputs, marks, type, print, echo, enter };
}

describe('what was typed into a terminal', () => {
  it('is input when the screen shows it', () => {
    const { inputs, marks, print, echo, enter } = watch();
    print('$ ');
    echo('ls -la');
    enter();
    expect({ inputs, marks }).toEqual({ inputs: ['ls -la\n'], marks: ['advisory: ls -la'] });
  });

  it('is input with what was taken back', () => {
    const { inputs, print, echo, type, enter } = watch();
    print('$ ');
    echo('lsx');
    type('\u007f');
    print('\b \b');
    echo(' -a');
    enter();
    expect(inputs).toEqual(['ls -a\n']);
  });

  it('is input on a line that is wider than the screen', () => {
    const { inputs, print, echo, enter } = watch(20);
    print('$ ');
    const long = 'echo 0123456789 0123456789 0123456789';
    echo(long);
    enter();
    expect(inputs).toEqual([`${long}\n`]);
  });

  it('is no input where nothing, stars or something else is shown', () => {
    for (const shown of ['', '*******', 'hunter3', 'hunter2 ', ' hunter2x', 'h']) {
      const { inputs, print, type } = watch();
      print('Password: ');
      type('hunter2');
      print(shown.trimEnd() === 'hunter2' ? `${shown}x` : shown);
      type('\r');
      print('\r\n');
      expect(inputs, shown).toEqual([]);
    }
  });

  it('is no input when it was typed before its prompt came, whatever is printed then', () => {
    const { inputs, print, type } = watch();
    print('working\r\n');
    type('hunter2\r');
    print('Password: ');
    print('\r\n');
    print('hunter2 is not what was asked for\r\n');
    expect(inputs).toEqual([]);
  });

  it('is no input for the line after that, when a command and a password were pasted together', () => {
    const { inputs, print, type } = watch();
    print('$ ');
    type('sudo id\nhunter2\n');
    print('sudo id\r\n');
    print('[sudo] password for deploy: ');
    print('\r\nuid=0(root)\r\n$ ');
    expect(inputs).toEqual(['sudo id\n']);
  });

  it('is never more than the screen shows, whatever is typed, printed and cut', () => {
    const keys = fc.constantFrom(
      'a',
      'b',
      ' ',
      '\r',
      '\n',
      '\u007f',
      '\t',
      '\u0003',
      `${ESC}[A`,
      'secret',
      '$ ',
    );
    const outputs = fc.constantFrom(
      'a',
      'b',
      '\r\n',
      '\n',
      '\b',
      '$ ',
      `${ESC}[K`,
      `${ESC}[?1049h`,
      `${ESC}[?1049l`,
      '*',
      'x',
    );
    const steps = fc.array(
      fc.oneof(
        fc.record({ typed: keys.map((key) => Buffer.from(key)) }),
        fc.record({
          printed: fc.array(outputs, { maxLength: 4 }).map((parts) => Buffer.from(parts.join(''))),
          cuts: fc.array(fc.nat(), { maxLength: 3 }),
        }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, (given) => {
        const { terminal, inputs, marks } = watch();
        let shown = '';
        for (const step of given) {
          if ('typed' in step) terminal.typed(step.typed);
          else {
            shown += step.printed.toString();
            for (const piece of cutAt(step.printed, step.cuts)) terminal.printed(piece);
          }
        }
        // 'secret' is typed, and no output has its letters.
        expect(inputs.join('')).not.toContain('s');
        expect(
          marks
            .filter((label) => !label.includes('full-screen'))
            .join('')
            .replaceAll('advisory: ', ''),
        ).not.toMatch(/[sect]/);
        if (!shown.includes('a')) expect(inputs.join('')).not.toContain('a');
      }),
      { numRuns: tries({ byDay: 400, byNight: 20_000 }) },
    );
  });
});

describe('a guess at a command', () => {
  it('is the line on the screen, also where it was recalled and edited', () => {
    const { inputs, marks, print, type, enter } = watch();
    print('$ ');
    type(`${ESC}[A`);
    print('ls /srv');
    type(`${ESC}[D`);
    print('\b');
    type('x');
    print(`x${ESC}[K`);
    print('v\b');
    enter();
    expect({ inputs, marks }).toEqual({ inputs: [], marks: ['advisory: ls /srxv'] });
  });

  it('stops in a full-screen program, which says so once each way, also where the sequence is cut', () => {
    const { marks, inputs, print, echo, enter } = watch();
    print(`${ESC}[?10`);
    print('49h');
    echo(':!rm -rf /');
    enter();
    print(`${ESC}[?1049l`);
    print('$ ');
    echo('ls');
    enter();
    expect(marks).toEqual([
      'advisory: a full-screen program; commands in it are not detected',
      'advisory: the full-screen program has ended',
      'advisory: ls',
    ]);
    expect(inputs).toEqual(['ls\n']);
  });

  it('finds the switch of the screen in a lot of output', () => {
    const { terminal, print } = watch();
    print(`${'x'.repeat(40_000)}${ESC}[?1049h${'y'.repeat(40_000)}`);
    expect(terminal.inAlternateScreen).toBe(true);
  });
});
