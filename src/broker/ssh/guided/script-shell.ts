/**
 * A guided shell for a client without a terminal: `ssh -T host < script`, `plink -T`, a driver. Lines are read as they come,
 * nothing is echoed, each is judged, and a refusal does not stop what follows. The status is that of the last one.
 */
import { type Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';
import { type ChannelRecord, type ClientChannel, type HostSession, REFUSED_STATUS } from '../host-session.ts';
import { GuidedShell, type RunCommand, type ShellOutput } from './guided-shell.ts';
import { COMMAND_LINES_MAX, isComplete } from './shell/continuation.ts';

/** Of a line, in UTF-16 units, its line feed included; the analyzer reads no more of a command. */
const LINE_CHARACTERS_MAX = 32_768;
const TOO_LONG = `A command is longer than ${LINE_CHARACTERS_MAX} characters or ${COMMAND_LINES_MAX} lines. It did not run, and neither does what follows.`;

interface Options {
  readonly session: HostSession;
  readonly channel: ClientChannel;
  readonly record: ChannelRecord;
  readonly run: RunCommand;
}

/** Lines without their ends; null for one that is too long. The last may lack its line feed. */
async function* linesOf(input: Readable): AsyncGenerator<string | null> {
  const decoder = new StringDecoder('utf8');
  let open = '';
  // The channel has its output yet when the input is over.
  for await (const chunk of input.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    open += decoder.write(chunk);
    let from = 0;
    for (let end = open.indexOf('\n'); end >= 0; end = open.indexOf('\n', from)) {
      yield open.slice(from, end).replace(/\r$/, '');
      from = end + 1;
    }
    open = open.slice(from);
    if (open.length >= LINE_CHARACTERS_MAX) yield null;
  }
  open += decoder.end();
  if (open !== '') yield open.replace(/\r$/, '');
}

/** Whole commands; null for one that is too long, after which there is nothing. */
async function* commandsFrom(input: Readable): AsyncGenerator<string | null> {
  let open: string | null = null;
  let lines = 0;
  for await (const line of linesOf(input)) {
    open = open === null || line === null ? line : `${open}\n${line}`;
    lines += 1;
    if (open === null || open.length > LINE_CHARACTERS_MAX || lines > COMMAND_LINES_MAX) {
      yield null;
      return;
    }
    if (!isComplete(open)) {
      // Each line reads all before it once more: others of this process get their turn.
      await setImmediate();
      continue;
    }
    yield open;
    open = null;
    lines = 0;
  }
  // What has no end is refused with the reason.
  if (open !== null) yield open;
}

/** @returns the status of the last command, once the client has no more */
export async function serveScriptShell({ session, channel, record, run }: Options): Promise<number> {
  const output = scriptOutput(channel, record);
  const shell = new GuidedShell({ session, channel, record, run, output, history: null });
  let gone = false;
  channel.onSignal((name) => {
    if (name === 'INT') shell.running?.interrupt();
    else if (name === 'QUIT' || name === 'TERM' || name === 'HUP') shell.running?.signal(name);
  });
  channel.onClose(() => {
    gone = true;
    shell.running?.abandon();
  });
  for await (const command of commandsFrom(channel.input)) {
    session.noteActivity();
    if (gone || session.live.ended !== null) break;
    if (command === null) {
      output.say(TOO_LONG);
      return REFUSED_STATUS;
    }
    if (command.trim() === '') continue;
    record.input(`${command}\n`, null);
    if ((await shell.execute(command)).kind === 'exit') break;
  }
  return shell.state.status;
}

function scriptOutput(channel: ClientChannel, record: ChannelRecord): ShellOutput {
  const out = record.output({ statement: null, stream: 'stdout', as: 'command' });
  const err = record.output({ statement: null, stream: 'stderr', as: 'command' });
  return {
    print: (line) => void channel.stdout.write(out.push(Buffer.from(`${line}\n`))),
    say: (line) => void channel.stderr.write(err.push(Buffer.from(`${line}\n`))),
    sent: (text) => void channel.stderr.write(err.push(Buffer.from(`runs: ${text}\n`))),
    clear: () => undefined,
    held: () => undefined,
    streams: () => ({ stdout: unending(channel.stdout), stderr: unending(channel.stderr) }),
    columns: null,
  };
}

/** A stream into another one that does not end with it. */
function unending(to: Writable): Writable {
  return new Writable({ write: (chunk: Buffer, _encoding, done) => void to.write(chunk, () => done()) });
}
