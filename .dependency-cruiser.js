/**
 * Who may import whom (design, section 3). Everything that is not listed is forbidden: a new folder
 * imports nothing until it has a line here.
 */

/** Folder of src -> what it may import besides itself. `main`, `start`, `roles` and `demo` see everything. */
const LAYERS = {
  core: { files: [], packages: [], builtins: [] },
  policies: {
    files: ['core'],
    packages: ['libpg-query', 'zod', 'yaml', '@marcbachmann/cel-js', 're2js', 'unbash'],
    // `module`: a parser that comes as CommonJS.
    builtins: ['crypto', 'module'],
  },
  store: { files: ['core'], packages: 'any', builtins: 'any' },
  audit: { files: ['core', 'store'], packages: 'any', builtins: 'any' },
  identity: { files: ['core', 'store'], packages: 'any', builtins: 'any' },
  recording: { files: ['core', 'store'], packages: 'any', builtins: 'any' },
  access: { files: ['core', 'policies', 'store', 'audit', 'identity'], packages: 'any', builtins: 'any' },
  lookups: { files: ['core', 'policies', 'access'], packages: ['zod'], builtins: [] },
  bot: { files: ['core', 'access'], packages: 'any', builtins: 'any' },
  jobs: { files: ['core', 'access', 'recording', 'audit'], packages: 'any', builtins: 'any' },
  web: { files: ['core', 'access', 'recording', 'audit'], packages: 'any', builtins: 'any' },
  broker: { files: ['core', 'access', 'policies', 'recording'], packages: 'any', builtins: 'any' },
  cli: {
    // Of the server it knows the shapes of the HTTP API, and nothing that runs there.
    files: [
      'core',
      'policies',
      'recording',
      'audit',
      'config.ts',
      'client-environment.ts',
      'web/wire.ts',
      'web/schemas',
    ],
    packages: 'any',
    builtins: 'any',
  },
};

/** Folders whose members know nothing of each other. Each is reached through one table. */
const PROTOCOLS = ['postgres', 'ssh', 'mysql', 'kubernetes', 'http', 'rdp'].join('|');
const PLATFORMS = ['slack', 'teams', 'web'].join('|');

/** Single files with rules of their own. */
const EXCEPTIONS = [
  {
    comment: 'The configuration is read for everyone and knows only the shape of the document.',
    from: { path: '^src/config\\.ts$' },
    to: { path: '^src/(core|policies/document)/' },
  },
  {
    comment: 'What the command line takes from the environment.',
    from: { path: '^src/client-environment\\.ts$' },
    to: { path: '^src/core/' },
  },
  {
    comment: 'Setting up Slack is between the operator and Slack: no server has to run for it.',
    from: { path: '^src/cli/commands/slack-' },
    to: { path: '^src/bot/slack/(check|manifest)\\.ts$' },
  },
  {
    from: { path: '^src/cli/commands/teams-' },
    to: { path: '^src/bot/teams/(check|manifest)\\.ts$' },
  },
  {
    comment: 'The browser side shares the pure core and types with the server, and nothing that runs there.',
    from: { path: '^src/pages/' },
    to: { path: '^src/(pages|core)/|^src/(web/wire|bot/web/wire|bot/card)\\.ts$' },
  },
  { from: { path: '^src/(config\\.ts$|pages/)' }, to: { dependencyTypes: ['npm'] } },
  { from: { path: '^src/(config|client-environment)\\.ts$' }, to: { dependencyTypes: ['core'] } },
  {
    comment: 'The composition roots see everything.',
    from: { path: '^src/((main|start)\\.ts$|roles/|demo/)' },
    to: { path: '^src/' },
  },
  { from: { path: '^src/((main|start)\\.ts$|roles/|demo/)' }, to: { dependencyTypes: ['npm', 'core'] } },
];

const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const own = (folder) => (folder.endsWith('.ts') ? `src/${escaped(folder)}$` : `src/${folder}/`);

function allowedFor([folder, { files, packages, builtins }]) {
  const from = { path: `^src/${folder}/` };
  const rules = [{ from, to: { path: `^(${[folder, ...files].map(own).join('|')})` } }];
  if (packages === 'any') {
    // npm-optional counts in: the platform packages of embedded PostgreSQL. npm-dev does not.
    rules.push({ from, to: { dependencyTypes: ['npm', 'npm-optional'] } });
  } else if (packages.length > 0) {
    rules.push({ from, to: { path: `(^|/)node_modules/(${packages.map(escaped).join('|')})/` } });
  }
  if (builtins === 'any') rules.push({ from, to: { dependencyTypes: ['core'] } });
  else if (builtins.length > 0) {
    rules.push({ from, to: { dependencyTypes: ['core'], path: `^(node:)?(${builtins.join('|')})$` } });
  }
  return rules;
}

export default {
  allowed: [...Object.entries(LAYERS).flatMap(allowedFor), ...EXCEPTIONS],
  allowedSeverity: 'error',
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'protocols-are-strangers',
      comment: 'Sibling protocols never import each other.',
      severity: 'error',
      from: { path: `^src/broker/(${PROTOCOLS})/` },
      to: { path: `^src/broker/(${PROTOCOLS})/`, pathNot: '^src/broker/$1/' },
    },
    {
      name: 'gate-knows-no-protocol',
      comment: 'Only the table of protocols names one.',
      severity: 'error',
      from: { path: '^src/broker/[^/]+\\.ts$', pathNot: '^src/broker/protocols\\.ts$' },
      to: { path: `^src/broker/(${PROTOCOLS})/` },
    },
    {
      name: 'platforms-are-strangers',
      comment: 'Sibling platforms never import each other.',
      severity: 'error',
      from: { path: `^src/bot/(${PLATFORMS})/` },
      to: { path: `^src/bot/(${PLATFORMS})/`, pathNot: '^src/bot/$1/' },
    },
    {
      name: 'cards-know-no-platform',
      comment: 'What all platforms share does not depend on one; only the table of platforms names them.',
      severity: 'error',
      from: { path: '^src/bot/', pathNot: `^src/bot/((${PLATFORMS})/|platforms\\.ts$)` },
      to: { path: `^src/bot/(${PLATFORMS})/` },
    },
    {
      name: 'pages-take-only-types',
      comment: 'What the browser loads must not pull in code of the server.',
      severity: 'error',
      from: { path: '^src/pages/' },
      to: { path: '^src/(web|bot)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'loaded-when-wanted',
      comment: 'A command, and a start that cannot succeed, load nothing that they do not need.',
      severity: 'error',
      from: { path: '^src/(start|demo/main|cli/command-table)\\.ts$' },
      to: {
        path: '^src/(main\\.ts$|roles/|demo/(start-demo|start-screen|tour/)|cli/commands/)',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
