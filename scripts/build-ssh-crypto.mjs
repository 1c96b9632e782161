/**
 * Builds the native part of ssh2 for the Node that the product runs on. ssh2's own script would build it for the Node
 * that npm runs on, where it then silently does not load, and transfers are several times slower.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/**
 * node::ObjectWrap of Node 24 looks for its environment when an object is collected. Outside of JavaScript there is
 * none, and the process aborts.
 */
const UNSAFE_SYMBOL = 'RemoveEnvironmentCleanupHook';
const NODE_MAJOR_MIN = 24;
const ERROR_LINES_SHOWN = 12;

/**
 * @param options.root of the project
 * @param options.node the program that runs the product
 * @returns null when the native part loads, else what is wrong and what to do
 */
export function buildSshCrypto({ root, node }) {
  const directory = join(root, 'node_modules/ssh2/lib/protocol/crypto');
  const addon = join(directory, 'build/Release/sshcrypto.node');
  if (!existsSync(directory)) return 'ssh2 is not installed.';
  const { version, openssl, execPath } = JSON.parse(
    run(node, [
      '-p',
      'JSON.stringify({ version: process.version, openssl: process.versions.openssl, execPath: process.execPath })',
    ]).stdout,
  );
  if (Number(version.slice(1).split('.')[0]) < NODE_MAJOR_MIN) {
    return `It is built by Node ${NODE_MAJOR_MIN} or newer, and this is ${version}: run npm rebuild there.`;
  }
  const loads = () =>
    existsSync(addon) &&
    !readFileSync(addon).includes(UNSAFE_SYMBOL) &&
    run(node, ['-e', `require(${JSON.stringify(addon)})`]).status === 0;
  if (loads()) return null;
  const nodeGyp = findNodeGyp();
  if (nodeGyp === null) return 'node-gyp, which is part of npm, was not found.';
  useOtherWrapper(join(directory, 'src/binding.cc'));
  const headers = findHeaders(root, execPath);
  const built = run(
    node,
    [nodeGyp, 'rebuild', `--target=${version}`, `--real_openssl_major=${Number.parseInt(openssl, 10)}`],
    {
      cwd: directory,
      // node-gyp reads npm's settings before its own arguments; without headers it fetches them.
      env: { ...process.env, ...(headers === null ? {} : { npm_config_nodedir: headers }) },
    },
  );
  if (loads()) return null;
  const lines = `${built.stderr}${built.error ?? ''}`.trimEnd().split('\n').slice(-ERROR_LINES_SHOWN);
  return `It needs a C++ compiler, make and Python. On Debian: apt-get install g++ make python3, then npm rebuild.\n${lines.join('\n')}`;
}

/** The same class without a hook for the end of the environment: the process's end frees what is left. */
function useOtherWrapper(file) {
  const source = readFileSync(file, 'utf8');
  writeFileSync(file, source.replace(/(?<!::)\bObjectWrap\b/g, 'Nan::ObjectWrap'));
}

function run(program, args, options = {}) {
  return spawnSync(program, args, { encoding: 'utf8', ...options });
}

/** The one that npm brings. */
function findNodeGyp() {
  const named = process.env.npm_config_node_gyp;
  if (named !== undefined && existsSync(named)) return named;
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const npm = join(directory, 'npm');
    if (!existsSync(npm)) continue;
    // bin/npm-cli.js of the package, whose own packages lie beside it.
    const found = join(dirname(realpathSync(npm)), '../node_modules/node-gyp/bin/node-gyp.js');
    if (existsSync(found)) return found;
  }
  return null;
}

/** Beside the program, or in the package that it comes from. */
function findHeaders(root, execPath) {
  const packaged = join(root, `node_modules/node-${process.platform}-${process.arch}`);
  const candidates = [packaged, join(dirname(execPath), '..')];
  return candidates.find((candidate) => existsSync(join(candidate, 'include/node/node.h'))) ?? null;
}
