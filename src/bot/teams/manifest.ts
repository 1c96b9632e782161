/** What Teams must know of the app, as the package that an administrator uploads: the manifest and two icons. */
import { strToU8, zipSync } from 'fflate';
import { colourIcon, outlineIcon } from './icons.ts';

export interface ManifestOptions {
  /** Of the bot; the app in Teams has the same. */
  readonly appId: string;
  /** Where people find Sallyport: https. */
  readonly publicUrl: URL;
  /** Three numbers; a package that is uploaded again must have a higher one. */
  readonly version: string;
}

/** The schema that it follows; every client since 2024 knows it. */
const MANIFEST_VERSION = '1.19';
/** The times in the package: the oldest that ZIP has, so that one manifest makes one package. */
const PACKED_AT = '1980-01-01T00:00:00';

export function teamsManifest({ appId, publicUrl, version }: ManifestOptions): object {
  const website = publicUrl.href;
  return {
    $schema: `https://developer.microsoft.com/json-schemas/teams/v${MANIFEST_VERSION}/MicrosoftTeams.schema.json`,
    manifestVersion: MANIFEST_VERSION,
    version,
    id: appId,
    developer: { name: 'Sallyport', websiteUrl: website, privacyUrl: website, termsOfUseUrl: website },
    name: { short: 'Sallyport', full: 'Sallyport access broker' },
    description: {
      short: 'Ask for access, approve it and see what was done, where you talk about it',
      full: 'Ask for access to a database or host in chat. Those who may decide do so in the same channel, you connect with your own client, and what was done is shown in the thread.',
    },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor: '#1f2a37',
    bots: [
      {
        botId: appId,
        scopes: ['personal', 'team'],
        isNotificationOnly: false,
        supportsFiles: false,
        commandLists: [{ scopes: ['personal', 'team'], commands: COMMANDS }],
      },
    ],
    composeExtensions: [
      {
        botId: appId,
        commands: [
          {
            id: 'request-access-from-message',
            type: 'action',
            title: 'Ask because of this',
            description: 'Ask for access, with this message as the reason',
            context: ['message'],
            fetchTask: true,
          },
        ],
      },
    ],
    permissions: ['identity', 'messageTeamMembers'],
    validDomains: [publicUrl.host],
  };
}

/** Offered while somebody types; the whole grammar is in the help. */
const COMMANDS = [
  { title: 'request', description: 'Ask for access: request orders-db for 1h because …' },
  { title: 'pending', description: 'What waits for a decision of yours' },
  { title: 'mine', description: 'What you have asked for and hold' },
  { title: 'done', description: 'Give access back' },
  { title: 'sessions', description: 'What was done, and by whom' },
  { title: 'link', description: 'Say who you are: links this account to your sign-in' },
  { title: 'help', description: 'Everything that can be typed' },
] as const;

/** @returns a ZIP file */
export function teamsPackage(options: ManifestOptions): Uint8Array {
  const manifest = strToU8(`${JSON.stringify(teamsManifest(options), null, 2)}\n`);
  return zipSync(
    { 'manifest.json': manifest, 'color.png': colourIcon(), 'outline.png': outlineIcon() },
    { mtime: PACKED_AT },
  );
}
