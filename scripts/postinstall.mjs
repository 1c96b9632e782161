/**
 * Builds the web pages and the native part of ssh2 after `npm install`, so that the product runs right away. Runs
 * under whatever Node npm runs on. It fails an installation only on CI, where a slow build would go unnoticed: what is
 * missing is said, and `npm run build:pages` says it again with the details.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSshCrypto } from './build-ssh-crypto.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vite = join(root, 'node_modules/vite/bin/vite.js');
// npm starts this with the Node of the machine; the pages are built with the one the product runs on.
const packagedNode = join(root, 'node_modules/.bin/node');
const node = existsSync(packagedNode) ? packagedNode : process.execPath;

// A production install has no vite: the container image brings the pages built.
if (existsSync(vite) && existsSync(join(root, 'src/pages/index.html'))) {
  const built = spawnSync(node, [vite, 'build', '--logLevel', 'warn'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) {
    console.error(
      `The web pages could not be built; run npm run build:pages.\n${built.stderr || built.error}`,
    );
  }
}

const problem = buildSshCrypto({ root, node });
if (problem !== null) {
  console.warn(`SSH will be slow: the native part of ssh2 could not be built. ${problem}`);
  if (process.env.CI) process.exitCode = 1;
}
