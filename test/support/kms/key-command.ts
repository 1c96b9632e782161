/**
 * A key management service as a command, for tests: it keeps a key of its own in the file that it is given, as an
 * operator's script would keep it in a hardware module.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { json } from 'node:stream/consumers';

const [file = '', behaviour = 'well'] = process.argv.slice(2);
const question = (await json(process.stdin)) as Record<'operation' | 'key' | 'wrapped' | 'context', string>;

if (behaviour === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000));
if (behaviour === 'talkative') process.stdout.write('x'.repeat(100_000));
if (behaviour === 'silent') process.exit(0);
if (behaviour === 'failing') {
  process.stderr.write('no session with the module\n');
  process.exit(3);
}
if (!existsSync(file)) writeFileSync(file, randomBytes(32), { mode: 0o600 });
// What it was started with, for whoever looks for secrets.
writeFileSync(`${file}.seen`, JSON.stringify({ arguments: process.argv, environment: process.env }), {
  flag: 'a',
});
process.stdout.write(JSON.stringify(question.operation === 'wrap' ? wrap() : unwrap()));

function wrap(): object {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', readFileSync(file), nonce);
  cipher.setAAD(Buffer.from(question.context));
  const sealed = [nonce, cipher.update(question.key, 'base64'), cipher.final(), cipher.getAuthTag()];
  return { wrapped: Buffer.concat(sealed).toString('base64') };
}

function unwrap(): object {
  const wrapped = Buffer.from(question.wrapped, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', readFileSync(file), wrapped.subarray(0, 12));
  decipher.setAAD(Buffer.from(question.context));
  decipher.setAuthTag(wrapped.subarray(-16));
  const key = Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
  return { key: key.toString('base64') };
}
