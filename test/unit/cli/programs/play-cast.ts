/** Plays a cast in the terminal it runs in: one line at once, then one each hour. */
import { readCast } from '../../../../src/cli/replay/cast.ts';
import { play } from '../../../../src/cli/replay/play.ts';
import { openTerminal } from '../../../../src/cli/terminal.ts';

async function* cast(): AsyncGenerator<Uint8Array> {
  const lines = [
    { version: 3, term: { cols: 80, rows: 24 } },
    [0, 'o', '\u001b[?1049hfull screen\r\n'],
    [3_600, 'o', 'an hour later'],
  ];
  yield Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
}

const { stdin, stdout, stderr } = process;
const terminal = openTerminal({ stdin, stdout, stderr });
if (!terminal.shows) throw new Error('nobody watches');
await play(terminal, await readCast(cast()), { speed: 1, idleMsMax: 4_000_000 });
terminal.print(`done, raw: ${stdin.isRaw}`);
