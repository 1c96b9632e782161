/**
 * The server's sources in a few files: a process that is killed every second has to be there again soon, and half of
 * what a start costs is to find and read a thousand modules.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const ENTRY = join(ROOT, 'src/start.ts');
/** They find files of their own beside themselves. */
const AS_THEY_ARE = ['libpg-query', 'pg-native', 'pino', 'oidc-provider', '@slack/bolt'];

/** Where what it leaves outside is found from. */
const DIRECTORY = join(ROOT, 'node_modules/.cache/sallyport-soak');

/** @returns the file to run */
export async function bundleServer(): Promise<string> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'as if each source were where it is',
        enforce: 'pre',
        transform: (code, id) =>
          code
            .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
            .replaceAll('import.meta.main', String(id === ENTRY)),
      },
    ],
    ssr: { noExternal: true, external: AS_THEY_ARE },
    build: {
      ssr: ENTRY,
      outDir: DIRECTORY,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      rollupOptions: { output: { entryFileNames: 'server.mjs' } },
    },
  });
  return join(DIRECTORY, 'server.mjs');
}
