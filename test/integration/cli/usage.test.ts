/** What everybody meets first: help, mistakes, and what is not there yet. */

import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PROCESS_TEST_TIMEOUT_MS, runProcess } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the command line', () => {
  test('helps on stdout with status 0, and names a mistake on stderr with status 2', async () => {
    const help = await runProcess(['request', '--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('Examples:\n  $ sallyport request orders-db');
    const mistake = await runProcess(['requets']);
    expect(mistake).toMatchObject({ status: 2, stdout: '' });
    expect(mistake.stderr).toContain("unknown command 'requets'");
  });

  test('a server that is not there is named, with what it was asked', async () => {
    const result = await runProcess(['whoami'], { url: 'http://127.0.0.1:1', token: 'x' });
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toContain('http://127.0.0.1:1');
    expect(result.stderr).toContain('SALLYPORT_URL');
    expect(result.stderr).not.toContain('    at ');
  });

  test('a server address that is none is named', async () => {
    const result = await runProcess(['whoami'], { url: 'access.example.com', token: 'x' });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('SALLYPORT_URL is not a URL: access.example.com');
  });
});

describe('the launcher', () => {
  const program = join(import.meta.dirname, '../../../bin/sallyport');

  test('finds its program through links, from another directory', async () => {
    await mkdir(join(directory, 'bin'));
    await symlink(program, join(directory, 'bin', 'sallyport'));
    await symlink('bin/sallyport', join(directory, 'link'));
    const result = spawnSync(join(directory, 'link'), ['--help'], { cwd: '/', encoding: 'utf8' });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toContain('Usage: sallyport');
  });

  test('names the Node it found when that is too old, and says so when there is none', async () => {
    const copy = join(directory, 'elsewhere', 'bin');
    await mkdir(copy, { recursive: true });
    spawnSync('cp', [program, copy]);
    await writeFile(join(directory, 'elsewhere', 'node'), '#!/bin/sh\necho v20.11.0\n');
    await chmod(join(directory, 'elsewhere', 'node'), 0o755);
    const start = (path: string) =>
      spawnSync(join(copy, 'sallyport'), ['whoami'], { encoding: 'utf8', env: { PATH: path } });
    const old = start(`${join(directory, 'elsewhere')}:/usr/bin:/bin`);
    expect(old.status).toBe(1);
    expect(old.stderr).toMatch(/Node 24 or newer is needed; .*elsewhere\/node is v20\.11\.0/);
  });
});
