/** The keys of the sample host: its own, and the one that the broker logs in with. They stay from start to start. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';

interface KeptKey {
  /** Of the private key. */
  readonly file: string;
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string;
}

export function keepHostKeys(directory: string): { readonly host: KeptKey; readonly login: KeptKey } {
  return { host: keepKey(join(directory, 'host_key')), login: keepKey(join(directory, 'login_key')) };
}

function keepKey(file: string): KeptKey {
  if (!existsSync(file)) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    // The private one comes last: where it is, both are.
    writeFileSync(`${file}.pub`, `${pair.public}\n`);
    writeFileSync(file, pair.private, { mode: 0o600 });
  }
  const [type, key] = readFileSync(`${file}.pub`, 'utf8').trim().split(' ');
  return { file, publicKey: `${type} ${key}` };
}
