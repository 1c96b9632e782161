/**
 * The server as an image has it: built, behind the same launcher. Half of what a start from the sources costs is to
 * find and read a thousand modules, and the tests start dozens of servers.
 */
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Of the checkout, which runs the sources. */
export const SOURCE_PROGRAM = join(ROOT, 'bin/sallyport');

const BUILDS = join(ROOT, 'node_modules/.cache/sallyport-programs');
const ENTRY = 'start';
/** They find files of their own beside themselves, or are loaded where they are wanted only. */
const AS_THEY_ARE = [
  'libpg-query',
  'pg-native',
  'pino',
  'oidc-provider',
  '@slack/bolt',
  'botbuilder',
  'ssh2',
];
const KEPT_FOR_MS = 24 * 3_600_000;

let building: Promise<string> | null = null;

/** Builds the command once for each state of the sources. @returns the file to run, `bin/sallyport` of the build */
export function buildProgram(): Promise<string> {
  building ??= findOrBuild();
  return building;
}

async function findOrBuild(): Promise<string> {
  const directory = join(BUILDS, stateOfSources());
  const program = join(directory, 'bin/sallyport');
  if (existsSync(program)) return program;
  forgetOldBuilds();
  const unfinished = `${directory}.${randomBytes(4).toString('hex')}`;
  await build(unfinished);
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    // Another worker was faster.
    rmSync(unfinished, { recursive: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}

async function build(directory: string): Promise<void> {
  const bin = join(directory, 'bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(SOURCE_PROGRAM, join(bin, 'sallyport'));
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  // Only whoever builds loads the bundler.
  const vite = await import('vite');
  await vite.build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'as if each source were where it is',
        enforce: 'pre',
        transform: (code, id) => code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
      },
    ],
    ssr: { noExternal: true, external: AS_THEY_ARE },
    build: {
      ssr: true,
      outDir: join(directory, 'dist/server/src'),
      target: 'node24',
      minify: false,
      rollupOptions: {
        input: { [ENTRY]: join(ROOT, `src/${ENTRY}.ts`) },
        output: { entryFileNames: '[name].js' },
      },
    },
  });
}

function stateOfSources(): string {
  const hash = createHash('sha256');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).sort();
  const others = ['package-lock.json', 'bin/sallyport', 'test/support/program.ts'];
  for (const path of [...sources.map((source) => join('src', source)), ...others]) {
    const { size, mtimeMs } = statSync(join(ROOT, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function forgetOldBuilds(): void {
  if (!existsSync(BUILDS)) return;
  for (const name of readdirSync(BUILDS)) {
    const path = join(BUILDS, name);
    if (statSync(path).mtimeMs < Date.now() - KEPT_FOR_MS) rmSync(path, { recursive: true, force: true });
  }
}
