import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GuidedWorld, guidedWorld, type WorldOptions } from './guided-world.ts';

let home = '';
const worlds: GuidedWorld[] = [];

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'sallyport-guided-test-')));
  await mkdir(join(home, 'srv', 'app'), { recursive: true });
  await writeFile(join(home, 'notes.txt'), 'some notes\n');
});

afterEach(async () => {
  for (const world of worlds.splice(0)) {
    world.endInput();
    world.closeChannel();
    await world.status;
    world.live.end('client-closed');
  }
  await rm(home, { recursive: true, force: true });
});

function start(options: Partial<WorldOptions> = {}): GuidedWorld {
  const world = guidedWorld({ home, ...options });
  worlds.push(world);
  return world;
}

/** At the prompt. */
async function ready(options: Partial<WorldOptions> = {}): Promise<GuidedWorld> {
  const world = start(options);
  await world.waitFor(/\$ $/m);
  return world;
}

/** Types a line and waits for the prompt behind what it shows. */
async function shownAfter(world: GuidedWorld, line: string): Promise<string> {
  const before = await world.text();
  world.type(`${line}\r`);
  const marker = `end-${before.length}-${world.requests.length}`;
  world.type(`echo ${marker}\r`);
  const text = await world.waitFor(new RegExp(`^${marker}$`, 'm'));
  return text.slice(before.length);
}

describe('a guided shell', () => {
  test('says who is where, as what, until when, and that it is recorded', async () => {
    const text = await (await ready()).text();
    expect(text).toContain('Alice on web-1 (deploy@web-1.example.com) as guided, until');
    expect(text).toContain('Everything is recorded.');
    expect(text).toContain('it reads nothing and has no terminal');
    expect(text).toMatch(/deploy@web-1:~\$ ?$/);
  });

  test('runs what was typed, shows what came and the status', async () => {
    const world = await ready();
    expect(await shownAfter(world, 'cat notes.txt')).toContain('some notes\n');
    expect(await shownAfter(world, 'ls nothing')).toContain('[exit 2]');
    expect(await shownAfter(world, 'false')).toContain('[exit 1]');
    expect(await shownAfter(world, 'printf x')).toMatch(/\nx\ndeploy@web-1:~\$ /);
    expect(world.ran[0]).toMatchObject({ canonical: 'cat notes.txt', place: { directory: home } });
    expect(Object.fromEntries(world.ran[0]?.place.environment ?? [])).toEqual({
      TERM: 'dumb',
      PAGER: 'cat',
      GIT_PAGER: 'cat',
      COLUMNS: '80',
    });
  });

  test('gives commands nothing to read', async () => {
    const world = await ready();
    expect(await shownAfter(world, 'cat')).not.toContain('end-0');
    expect(world.requests.every(({ stdin }) => stdin === null)).toBe(true);
  });

  test('a denied command says why and runs nothing', async () => {
    const world = await ready({ role: '{ shell: guided, programs: [echo] }' });
    const text = await shownAfter(world, 'touch x');
    expect(text).toContain('does not run touch');
    expect(text).toContain('Rule: role.');
    expect(world.ran.map(({ canonical }) => canonical)).toEqual([expect.stringMatching(/^echo end/)]);
  });

  test('what a denial means is told once', async () => {
    const world = await ready({ role: '{ shell: guided, programs: [echo] }' });
    const first = await shownAfter(world, 'touch x');
    expect(first).toMatch(/If you need\s+more, ask in chat/);
    const second = await shownAfter(world, 'touch x');
    expect(second).toMatch(/\(rule:\s+role\)/);
    expect(second).not.toMatch(/If you need/);
  });

  test('a look-up of Tab is in the recording, and none of the commands', async () => {
    const world = await ready();
    world.type('cat no\t');
    await world.waitFor('cat notes.txt');
    expect(world.statements).toEqual([expect.stringMatching(/^ls -1apL -- /)]);
    expect(world.live.counts.commands).toBe(0);
    world.type('\r');
    await world.waitFor('some notes');
    expect(world.live.counts.commands).toBe(1);
  });

  test('what a command printed stands before what came of it', async () => {
    const world = await ready();
    expect(await shownAfter(world, 'cat notes.txt')).toContain('some notes');
    const [outcome] = world.outcomes;
    expect(outcome).toContain('some notes');
  });

  test('$? is the status of the line before, and is known to the first command alone', async () => {
    const world = await ready();
    await shownAfter(world, 'ls nothing');
    world.type('false\r');
    await world.waitFor('[exit 1]');
    expect(await shownAfter(world, 'echo "it was $?" and $?')).toContain('it was 1 and 1');
    const refused = await shownAfter(world, 'true; echo $?');
    expect(refused).toContain('a variable is known only on the target');
  });

  test('!! and !$ come from the line before, and are shown, judged and sent as what they stand for', async () => {
    const world = await ready();
    expect(await shownAfter(world, '!!')).toContain('There is no line before this one.');
    world.type('cat notes.txt\r');
    await world.waitFor('some notes');
    world.type('ls !$\r');
    await world.waitFor(/^ls notes\.txt$/m);
    await world.waitFor(/^notes\.txt$/m);
    world.type('!!\r');
    await expect
      .poll(() => world.ran.map(({ canonical }) => canonical).slice(-2))
      .toEqual(['ls notes.txt', 'ls notes.txt']);
    expect(await shownAfter(world, "echo '!!'")).toMatch(/^!!$/m);
    expect(await shownAfter(world, '!7')).toContain('only !! and !$ are known here');
  });

  test('a command that needs approval runs once it is approved, and not when it is denied', async () => {
    const rules = `rules:
  - { name: ask, on: { kind: ssh }, match: { programs: [cat] }, action: review, approval: { from: [{ group: sre, count: 1 }], within: 5m } }
`;
    const approved = await ready({ policy: rules, approve: true });
    expect(await shownAfter(approved, 'cat notes.txt')).toMatch(/approved by Bob[\s\S]*some notes/);
    const denied = await ready({ policy: rules });
    expect(await shownAfter(denied, 'cat notes.txt')).toContain('was denied by Bob');
    expect(denied.ran.some(({ canonical }) => canonical.startsWith('cat'))).toBe(false);
  });

  test('Ctrl-C stops what runs and drops what was typed ahead', async () => {
    const world = await ready();
    world.type('sleep 60\r');
    await expect.poll(() => world.ran.length).toBe(1);
    world.type('touch ahead\r\x03');
    await world.waitFor('[signal INT]');
    expect(await shownAfter(world, 'pwd')).toContain(home);
    expect(world.requests.map(({ text }) => text)).not.toContain('touch ahead');
  });

  test('Ctrl-\\ quits what runs', async () => {
    const world = await ready();
    world.type('sleep 60\r');
    await expect.poll(() => world.ran.length).toBe(1);
    world.type('\x1c');
    await world.waitFor('[signal QUIT]');
  });

  test('Ctrl-C at the prompt gives the line up, and Ctrl-D leaves with the last status', async () => {
    const world = await ready();
    world.type('touch x\x03false\r');
    await world.waitFor('[exit 1]');
    world.type('\x04');
    expect(await world.status).toBe(1);
    expect(world.requests.map(({ text }) => text)).toEqual(['false']);
    expect(await world.text()).toContain('touch x^C');
  });

  test('exit leaves with the status that it names', async () => {
    const world = await ready();
    world.type('exit 7\r');
    expect(await world.status).toBe(7);
  });

  test('the end of the input is the end of the shell, after what was typed', async () => {
    const world = start();
    world.type('echo one\r');
    world.endInput();
    expect(await world.status).toBe(0);
    expect(await world.text()).toContain('\none\n');
  });

  test('output cannot draw on the terminal or type for it', async () => {
    const world = await ready();
    const text = await shownAfter(world, "printf '\\033[?1049h\\033[2;1Hx\\033]0;t\\007\\033[6n'");
    expect(text).toContain('^[[?1049h^[[2;1Hx^[]0;t^G^[[6n');
  });

  test('a full-screen program is refused with the way to a raw shell', async () => {
    const world = await ready();
    const text = (await shownAfter(world, 'vim notes.txt')).replaceAll('\n', ' ');
    expect(text).toContain('vim needs a terminal');
    expect(text).toContain('/access request web-1 as breakglass');
    expect(world.requests.map(({ text: one }) => one)).not.toContain('vim notes.txt');
  });

  test('notices leave the line that is edited as it is', async () => {
    const world = await ready();
    world.type('echo not yet');
    await world.waitFor('echo not yet');
    world.clock.ms += 55 * 60_000;
    world.live.confirm(world.clock.ms);
    await world.waitFor('ends in 5 minutes');
    expect(await world.text()).toMatch(/30m\ndeploy@web-1:~\$ echo not yet$/);
    world.live.moveDeadline({ expiresAt: new Date(world.clock.ms + 3_600_000), leftMs: 3_600_000 });
    await world.waitFor('Your access was extended');
    world.type('\r');
    await world.waitFor(/^not yet$/m);
  });

  test('is recorded as it was seen: lines, output and sizes', async () => {
    const world = await ready();
    await shownAfter(world, 'echo shown');
    world.resize({ columns: 40, rows: 10 });
    world.type('x\x7f');
    const types = world.recorded.events.map(({ type }) => type);
    expect(types).toContain('resize');
    const inputs = world.recorded.events.flatMap((event) => (event.type === 'input' ? [event.text] : []));
    expect(inputs[0]).toBe('echo shown\n');
    await expect.poll(() => world.recorded.text()).toContain('deploy@web-1:~$ ');
    expect(world.recorded.text()).toContain('shown\n');
  });
});

describe('commands of the broker', () => {
  test('cd goes where the target says, without its links, and back', async () => {
    await symlink(join(home, 'srv'), join(home, 'link'));
    const world = await ready();
    await shownAfter(world, 'cd link');
    expect(await shownAfter(world, 'pwd')).toContain(join(home, 'srv'));
    expect(await world.text()).toMatch(/deploy@web-1:~\/srv\$ /);
    await shownAfter(world, 'cd app');
    await shownAfter(world, 'cd ..');
    expect(await shownAfter(world, 'pwd')).toContain(`${join(home, 'srv')}\n`);
    expect(await shownAfter(world, 'cd -')).toContain(join(home, 'srv', 'app'));
    await shownAfter(world, 'cd');
    expect(await shownAfter(world, 'pwd')).toContain(`${home}\n`);
    expect(await shownAfter(world, 'cd nowhere')).toMatch(/cd: .*nowhere: /);
    expect(await shownAfter(world, 'cd notes.txt')).toContain('cd: ');
    expect(world.ran.at(-1)?.place.directory).toBe(home);
    expect(world.statements).toContain(`cd '${join(home, 'link')}'`);
  });

  test('cd is for a role with a list of programs too, and a rule about a path counts', async () => {
    const rules = `rules:
  - { name: not-there, on: { kind: ssh }, match: { paths: ["${home}/srv*"] }, action: deny, message: Not there. }
`;
    const world = await ready({ role: '{ shell: guided, programs: [echo, pwd] }', policy: rules });
    expect(await shownAfter(world, 'cd srv')).toContain('Not there. Rule: not-there.');
    expect(await shownAfter(world, 'cd /usr/bin')).not.toContain('cd:');
    expect(await world.text()).toContain('deploy@web-1:/usr/bin$ ');
  });

  test('a name that looks like a command of the shell is a name', async () => {
    const world = await ready();
    await shownAfter(world, "cd '$(touch x); touch x'");
    await shownAfter(world, "cd '-P'");
    expect(world.ran.filter(({ canonical }) => canonical.startsWith('cd'))).toHaveLength(2);
    await expect(readFile(join(home, 'x'))).rejects.toThrow('ENOENT');
  });

  test('variables are written out before the line is judged, and shown', async () => {
    const world = await ready();
    await shownAfter(world, 'D=srv');
    expect(await shownAfter(world, 'ls $D ~')).toContain(`runs: ls srv ${home}`);
    expect(world.requests.some(({ text }) => text === `ls srv ${home}`)).toBe(true);
    expect(world.statements).toContain(`ls srv ${home}`);
    await shownAfter(world, 'unset D');
    expect(await shownAfter(world, 'ls $D')).toContain('a variable is known only on the target');
  });

  test('variables that programs obey are exported only for a role that may hide what runs', async () => {
    const world = await ready();
    for (const name of ['PATH', 'LD_PRELOAD', 'EDITOR', 'PAGER', 'GIT_SSH_COMMAND'])
      expect((await shownAfter(world, `export ${name}=/tmp/x`)).replaceAll('\n', ' ')).toContain(
        `programs may obey ${name}`,
      );
    await shownAfter(world, 'export LC_ALL=C TZ=UTC');
    await shownAfter(world, 'date');
    expect(world.ran.at(-1)?.place.environment.get('TZ')).toBe('UTC');
    expect(world.ran.at(-1)?.place.environment.has('PATH')).toBe(false);
    const hiding = await ready({ role: '{ shell: guided, allow: [run, indirect] }' });
    await shownAfter(hiding, 'export EDITOR=/tmp/x');
    expect(hiding.ran.at(-1)?.place.environment.get('EDITOR')).toBe('/tmp/x');
  });

  test('aliases stand for their text once, and that is what is judged', async () => {
    const world = await ready();
    await shownAfter(world, "alias show='cat notes.txt' cat='cat -n'");
    expect(await shownAfter(world, 'show')).toContain('runs: cat notes.txt');
    expect(await shownAfter(world, 'cat notes.txt')).toContain('1\tsome'.replace('\t', ' '.repeat(2)));
    await shownAfter(world, 'unalias show');
    expect(await shownAfter(world, 'show')).toContain('[exit 127]');
  });

  test('a list with cd says that it lasts for the list only', async () => {
    const world = await ready();
    expect(await shownAfter(world, 'cd srv && ls')).toMatch(/app\n[\s\S]*for that list only/);
    expect(await world.text()).not.toContain('~/srv$');
  });

  test('clear takes away what is shown, and the prompt is there', async () => {
    const world = await ready();
    await shownAfter(world, 'echo seen');
    world.type('clear\r');
    expect(await world.waitFor(/^\s*deploy@web-1:~\$ ?$/)).not.toContain('seen');
  });

  test('what is refused is told in whole words, and a line that was written out as it is sent', async () => {
    const world = await ready({ role: '{ shell: guided, programs: [echo] }' });
    const refused = await shownAfter(world, 'curl localhost');
    for (const row of refused.split('\n')) expect(row.length).toBeLessThanOrEqual(80);
    expect(refused).toMatch(/ask in chat:\n?\s?\/access request web-1/);
  });

  test('history, help and jobs answer', async () => {
    const world = await ready();
    await shownAfter(world, 'echo one');
    expect(await shownAfter(world, 'history')).toContain('1  echo one');
    expect(await shownAfter(world, 'help')).toContain('This prompt belongs to Sallyport');
    expect(await shownAfter(world, 'jobs')).toContain('There are no jobs here');
    expect(await shownAfter(world, 'sleep 1 &')).toContain('& leaves a command running out of sight');
  });
});

describe('Tab', () => {
  test('completes files on the target', async () => {
    const world = await ready();
    world.type('cat no\t');
    await world.waitFor('cat notes.txt');
    world.type('\r');
    await world.waitFor('some notes');
    world.type('ls ~/sr\ta\t');
    await world.waitFor('ls ~/srv/app/');
  });

  test('completes nothing for a role that may not list directories, and asks nobody', async () => {
    const world = await ready({ role: '{ shell: guided, programs: [cat, echo] }' });
    world.type('cat no\t.txt\r');
    await world.waitFor('cat no.txt');
    await world.waitFor('[exit 1]');
    expect(world.ran.some(({ canonical }) => canonical.startsWith('ls'))).toBe(false);
    expect(world.statements.some((text) => text.startsWith('ls'))).toBe(false);
  });

  test('completes the programs of the role', async () => {
    const world = await ready({ role: '{ shell: guided, programs: [echo, journalctl] }' });
    world.type('jour\t');
    await world.waitFor('$ journalctl');
  });
});

describe('a client without a terminal', () => {
  test('gets each line judged and run, without echo, and the status of the last', async () => {
    const world = start({ terminal: false, role: '{ shell: guided, programs: [echo, cat, "false"] }' });
    world.type('echo one\r\ncd srv\ntouch x\ncat <<E\nan end\nE\nX=two\necho $X\n\nfalse');
    world.endInput();
    expect(await world.status).toBe(1);
    const text = await world.text();
    expect(text).toBe('one\nan end\ntwo');
    expect(world.stderr()).toContain('does not run touch');
    expect(world.ran.at(-1)?.place.directory).toBe(join(home, 'srv'));
  });

  test('is told of a text without an end', async () => {
    const world = start({ terminal: false });
    world.type("echo 'one\ntwo\n");
    world.endInput();
    expect(await world.status).toBe(126);
    expect(world.stderr()).toContain('unterminated single quote');
  });

  test('runs nothing of a command that is too long, or of what follows', async () => {
    const world = start({ terminal: false });
    world.type(`cat <<E\n${'touch x\n'.repeat(300)}E\necho after\n`);
    expect(await world.status).toBe(126);
    expect(world.requests).toEqual([]);
    expect(world.stderr()).toContain('It did not run, and neither does what follows.');
  });
});
