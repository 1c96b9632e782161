import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_ALIAS } from '../test/support/ssh/clients.ts';
import { openTerminal } from '../test/support/ssh/terminal.ts';
import { median } from './report.ts';
import { BULK_BYTES, BULK_FILE, startSshBench } from './ssh-setup.ts';
const directory = await mkdtemp(join(tmpdir(), 'mini-'));
const setup = await startSshBench(directory);
async function down(client: any): Promise<number> {
  const t = performance.now();
  const child = spawn('ssh', ['-F', client.configFile, SERVER_ALIAS, `cat ${BULK_FILE}`], { env: client.environment, stdio: ['ignore', 'pipe', 'inherit'] });
  let n = 0;
  child.stdout.on('data', (c: Buffer) => (n += c.length));
  await new Promise((r) => child.once('close', r));
  if (n !== BULK_BYTES) throw new Error('short');
  return BULK_BYTES / 1e6 / ((performance.now() - t) / 1000);
}
async function echo(client: any): Promise<number> {
  const terminal = openTerminal('ssh', ['-F', client.configFile, '-tt', SERVER_ALIAS], { environment: client.environment });
  await terminal.waitFor(/[$#] /);
  terminal.type('exec cat\r'); await terminal.waitFor('exec cat'); terminal.type('ready\r'); await terminal.waitFor(/^ready\nready$/m);
  const times: number[] = [];
  for (let i = 0; i < 100; i++) { const e = (terminal as any).nextOutput(); const t = performance.now(); terminal.type('x'); await e; times.push(performance.now() - t); }
  await terminal.close();
  return median(times);
}
const r: Record<string, number[]> = { direct: [], sallyport: [], echoDirect: [], echoSallyport: [] };
for (let i = 0; i < Number(process.argv[2] ?? 4); i++) {
  r.direct!.push(await down(setup.commands.direct));
  r.sallyport!.push(await down(setup.commands.sallyport));
}
r.echoDirect!.push(await echo(setup.raw.direct)); r.echoSallyport!.push(await echo(setup.raw.sallyport));
console.log(JSON.stringify(r, (_k, v) => typeof v === 'number' ? Math.round(v * 100) / 100 : v));
await setup.stop(); await rm(directory, { recursive: true, force: true });
