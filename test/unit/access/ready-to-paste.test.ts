import { expect, test } from 'vitest';
import { hostConnection } from '../../../src/access/ready-to-paste.ts';
import type { GrantView } from '../../../src/access/views.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJV6YH/bJ/duZNHeteaAblBGZsF923TQUdeJ585ZXaMI';
/** What `ssh-keygen -l` says of it, and ssh when it meets the host for the first time. */
const FINGERPRINT = 'SHA256:D05DLkRbgfq5RgEMS9uYKQVxz/71Uqac+HHjF/OnfMY';
const connection = (host: string, port: number) =>
  hostConnection(
    { grant: { id: 'g-abcd2345' } as GrantView, password: 'secret-of-the-grant' },
    { host, port, hostKey: KEY },
  );
const texts = (host: string, port: number): string[] =>
  connection(host, port).commands.map(({ client, text }) => `${client}: ${text}`);

test('every client of a host has a line without the secret, which stands apart', () => {
  expect(texts('access.example.com', 2222)).toEqual([
    'ssh: ssh -p 2222 g-abcd2345@access.example.com',
    'sftp: sftp -P 2222 g-abcd2345@access.example.com',
    'scp: scp -P 2222 FILE g-abcd2345@access.example.com:',
    'password: secret-of-the-grant',
    `fingerprint: ${FINGERPRINT}`,
    `known_hosts: [access.example.com]:2222 ${KEY}`,
  ]);
});

test('the usual port is not named, and an address of IPv6 stands in brackets where a colon ends a host', () => {
  expect(texts('access.example.com', 22).at(0)).toBe('ssh: ssh g-abcd2345@access.example.com');
  expect(texts('access.example.com', 22).at(-1)).toBe(`known_hosts: access.example.com ${KEY}`);
  expect(texts('[::1]', 2222)).toEqual([
    'ssh: ssh -p 2222 g-abcd2345@::1',
    'sftp: sftp -P 2222 g-abcd2345@[::1]',
    'scp: scp -P 2222 FILE g-abcd2345@[::1]:',
    'password: secret-of-the-grant',
    `fingerprint: ${FINGERPRINT}`,
    `known_hosts: [::1]:2222 ${KEY}`,
  ]);
  expect(connection('[::1]', 2222).host).toBe('::1');
});
