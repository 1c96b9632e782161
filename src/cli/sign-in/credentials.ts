/** `credentials.json`: the tokens of each server somebody is signed in to, readable by its owner alone. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';

const CREDENTIAL = z.object({
  issuer: z.string(),
  clientId: z.string(),
  /** The RFC 8707 resource that the access token is for. */
  audience: z.string(),
  accessToken: z.string(),
  refreshToken: z.string().nullable(),
  expiresAt: z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  }),
});
export type Credential = z.output<typeof CREDENTIAL>;

const FILE = z.object({ version: z.literal(1), servers: z.record(z.string(), CREDENTIAL) });

export interface CredentialFile {
  readonly path: string;
  read(server: string): Promise<Credential | null>;
  /** Null forgets the server. */
  write(server: string, credential: Credential | null): Promise<void>;
}

/** @param configHome Sallyport's own directory of the user's configuration, `~/.config/sallyport` usually */
export function openCredentialFile(configHome: string): CredentialFile {
  const path = join(configHome, 'credentials.json');

  async function readAll(): Promise<z.output<typeof FILE>> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw new AppError('unavailable', `Cannot read ${path}: ${error.message}`, { cause: error });
    });
    return text === null ? { version: 1, servers: {} } : parseFile(text, path);
  }

  return {
    path,
    read: async (server) => (await readAll()).servers[server] ?? null,
    write: async (server, credential) => {
      const { [server]: _before, ...others } = (await readAll()).servers;
      const servers = credential === null ? others : { ...others, [server]: credential };
      await replaceFile(path, JSON.stringify(FILE.encode({ version: 1, servers }), null, 2));
    },
  };
}

function parseFile(text: string, path: string): z.output<typeof FILE> {
  try {
    return FILE.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('invalid_input', `${path} is not readable. Remove it and run sallyport login.`, {
      cause: error,
    });
  }
}

/** Never half a file, and never readable by others, not even for a moment. */
async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  try {
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
