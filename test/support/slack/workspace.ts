/**
 * A Slack workspace for tests: the emulator with the sample people in it, behind a proxy that checks every payload.
 * A test file has one; a payload that Slack would refuse fails the test that sent it.
 */
import { createEmulator } from 'emulate';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { z } from 'zod';
import { BOT_SCOPES } from '../../../src/bot/slack/manifest.ts';
import { freePort } from '../free-port.ts';
import { type FaultPlan, NO_FAULTS } from './faults.ts';
import { type SlackProxy, startSlackProxy } from './proxy.ts';
import { RECORD, type SlackCall, textAt } from './slack-call.ts';

export const BOT_TOKEN = 'xoxb-only-in-tests';
export const APP_TOKEN = 'xapp-only-in-tests';
export const SIGNING_SECRET = 'only-in-tests-0123456789abcdef';
export const TEAM = 'T000000001';
const BOT_USER = 'U0SALLYPORT';

/** What the emulator leaves out. */
const ORDINARY = { is_restricted: false, is_ultra_restricted: false };

/** Whoever is not an ordinary member, by what Slack says of them. */
const UNUSUAL: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  guest: { is_restricted: true },
  visitor: { is_restricted: true, is_ultra_restricted: true },
  robot: { is_bot: true },
  leaver: { deleted: true },
  foreigner: { team_id: 'T0FOREIGN00', is_stranger: true },
};
const PEOPLE = ['alice', 'bob', 'dana', 'carol', ...Object.keys(UNUSUAL)];
const CHANNELS = ['access', 'access-audit', 'general', 'inc-42'];

const MESSAGE = z.looseObject({
  ts: z.string(),
  thread_ts: z.string().optional(),
  text: z.string().default(''),
  blocks: z.array(RECORD).default([]),
  metadata: RECORD.optional(),
  files: z.array(RECORD).default([]),
  user: z.string().default(''),
});
export type SlackMessage = z.output<typeof MESSAGE>;

/** A modal or an App Home as somebody has it before their eyes. */
export interface ShownView {
  readonly id: string;
  readonly user: string;
  readonly view: Readonly<Record<string, unknown>>;
}

export interface SlackWorkspace {
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly proxy: SlackProxy;
  /** The calls of a method, or all of them. */
  calls(method?: string): readonly SlackCall[];
  userId(name: string): string;
  /** The id of a channel by its name; of channels that the app has made, too. */
  channelId(name: string): Promise<string>;
  /** Everything in a channel, threads included, oldest first. */
  messages(channel: string): Promise<readonly SlackMessage[]>;
  /** What the app has said in the conversation with one person, oldest first. */
  direct(name: string): Promise<readonly SlackMessage[]>;
  /** The views that somebody has open, the topmost last. */
  modals(name: string): readonly ShownView[];
  home(name: string): ShownView | null;
  /** A trigger id such as Slack hands out with every interaction. */
  trigger(name: string, viewId?: string): Promise<string>;
  /** Whatever the app has told somebody alone, oldest first. */
  told(name: string): readonly Readonly<Record<string, unknown>>[];
  /** Used by the driver: what was said through a response URL, or as an acknowledgement. */
  tell(name: string, message: Readonly<Record<string, unknown>>): void;
  setModals(name: string, change: (modals: readonly ShownView[]) => readonly ShownView[]): void;
  setFaults(plan: FaultPlan): void;
  archive(channel: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts before the file's tests. Read the result inside tests only. */
export function useSlackWorkspace(): { readonly current: SlackWorkspace } {
  let workspace: SlackWorkspace | null = null;
  beforeAll(async () => {
    workspace = await startSlackWorkspace();
  });
  afterEach(() => {
    workspace?.setFaults(NO_FAULTS);
    expect(workspace?.proxy.problems ?? []).toEqual([]);
  });
  afterAll(async () => {
    await workspace?.close();
  });
  return {
    get current() {
      if (workspace === null) throw new Error('The workspace exists only while tests run.');
      return workspace;
    },
  };
}

async function startSlackWorkspace(): Promise<SlackWorkspace> {
  const [port, emulatorPort] = [await freePort(), await freePort()];
  const emulator = await createEmulator({
    service: 'slack',
    port: emulatorPort,
    // Uploads go to where the emulator says: past the proxy, too.
    baseUrl: `http://127.0.0.1:${port}`,
    seed: { slack: seed() },
  });
  const emulatorUrl = `http://127.0.0.1:${emulatorPort}`;
  const proxy = await startSlackProxy({
    port,
    emulatorUrl,
    scopes: BOT_SCOPES.map(({ scope }) => scope),
    tokens: [BOT_TOKEN, APP_TOKEN],
  });

  /** As the app, and neither checked nor recorded. */
  const ask = async (method: string, args: Readonly<Record<string, unknown>>) => {
    const response = await fetch(`${emulatorUrl}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${BOT_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    const answer = RECORD.parse(await response.json());
    if (answer['ok'] !== true) throw new Error(`${method}: ${textAt(answer, 'error')}`);
    return answer;
  };

  const members = z
    .array(z.looseObject({ id: z.string(), name: z.string() }))
    .parse((await ask('users.list', { limit: 1_000 }))['members']);
  const ids = new Map(members.map(({ id, name }) => [name, id]));
  const names = new Map(members.map(({ id, name }) => [id, name]));
  const userId = (name: string): string => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`nobody is called ${name}`);
    return id;
  };

  proxy.amend('users.info', (answer, { user }) => {
    if (answer['ok'] !== true) return answer;
    const known = { ...ORDINARY, ...RECORD.parse(answer['user']) };
    return { ...answer, user: { ...known, ...UNUSUAL[names.get(String(user)) ?? ''] } };
  });

  const channelId = async (name: string): Promise<string> => {
    const answer = await ask('conversations.list', { types: 'public_channel,private_channel', limit: 1_000 });
    const channels = z.array(z.looseObject({ id: z.string(), name: z.string() })).parse(answer['channels']);
    const found = channels.find((channel) => channel.name === name || channel.id === name);
    if (found === undefined) throw new Error(`there is no channel ${name}`);
    return found.id;
  };

  const everythingIn = async (channel: string): Promise<readonly SlackMessage[]> => {
    const history = z
      .array(MESSAGE)
      .parse((await ask('conversations.history', { channel, limit: 1_000 }))['messages']);
    const threads = await Promise.all(
      history
        .filter((message) => message['reply_count'] !== undefined)
        .map(
          async ({ ts }) => (await ask('conversations.replies', { channel, ts, limit: 1_000 }))['messages'],
        ),
    );
    const replies = threads.flatMap((thread) => z.array(MESSAGE).parse(thread).slice(1));
    return [...history, ...replies].sort((one, other) => (one.ts < other.ts ? -1 : 1));
  };

  const eyes = watchEyes(proxy, names);
  return {
    ...eyes,
    apiUrl: `${proxy.url}/api/`,
    proxy,
    calls: (method) => proxy.calls.filter((call) => method === undefined || call.method === method),
    userId,
    channelId,
    messages: async (channel) => everythingIn(await channelId(channel)),
    direct: async (name) => {
      const answer = await ask('conversations.open', { users: userId(name) });
      return everythingIn(textAt(answer['channel'], 'id'));
    },
    trigger: async (name, viewId) =>
      eyes.rememberTrigger(
        name,
        textAt(
          await ask('views.generateTriggerId', {
            user_id: userId(name),
            ...(viewId === undefined ? {} : { view_id: viewId }),
          }),
          'trigger_id',
        ),
      ),
    setFaults: (plan) => proxy.setFaults(plan),
    archive: async (channel) => {
      const id = await channelId(channel);
      await ask('conversations.join', { channel: id });
      await ask('conversations.archive', { channel: id });
    },
    close: async () => {
      await proxy.close();
      await emulator.close();
    },
  };
}

/** What each person sees besides the channels: from what Slack has confirmed to the app. */
function watchEyes(proxy: SlackProxy, names: ReadonlyMap<string, string>) {
  const modals = new Map<string, readonly ShownView[]>();
  const homes = new Map<string, ShownView>();
  const told = new Map<string, Readonly<Record<string, unknown>>[]>();
  const triggers = new Map<string, string>();
  const nameOf = (id: unknown): string => names.get(String(id)) ?? '';
  const tell = (name: string, message: Readonly<Record<string, unknown>>): void => {
    told.set(name, [...(told.get(name) ?? []), message]);
  };

  proxy.onAnswered(({ method, args, answer }) => {
    if (answer?.['ok'] !== true) return;
    if (method === 'chat.postEphemeral') tell(nameOf(args['user']), args);
    if (!method.startsWith('views.')) return;
    const view = RECORD.parse(answer['view']);
    const id = textAt(view, 'id');
    if (method === 'views.publish') {
      const user = nameOf(args['user_id']);
      homes.set(user, { id, user, view });
    } else if (method === 'views.update') {
      for (const [user, stack] of modals) {
        modals.set(
          user,
          stack.map((shown) => (shown.id === id ? { ...shown, view } : shown)),
        );
      }
    } else {
      const user = triggers.get(textAt(args, 'trigger_id')) ?? '';
      const below = method === 'views.push' ? (modals.get(user) ?? []) : [];
      modals.set(user, [...below, { id, user, view }]);
    }
  });

  return {
    tell,
    told: (name: string) => told.get(name) ?? [],
    modals: (name: string) => modals.get(name) ?? [],
    home: (name: string) => homes.get(name) ?? null,
    setModals: (name: string, change: (stack: readonly ShownView[]) => readonly ShownView[]) =>
      void modals.set(name, change(modals.get(name) ?? [])),
    rememberTrigger: (name: string, trigger: string): string => {
      triggers.set(trigger, name);
      return trigger;
    },
  };
}

function seed() {
  return {
    team: { name: 'Acme', domain: 'acme' },
    users: PEOPLE.map((name) => ({
      name,
      real_name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      email: `${name}@example.com`,
    })),
    channels: CHANNELS.map((name) => ({ name })),
    oauth_apps: [
      {
        app_id: 'A0SALLYPORT',
        client_id: '1.2',
        client_secret: 'only-in-tests',
        name: 'Sallyport',
        redirect_uris: [],
        bot_id: 'B0SALLYPORT',
        bot_user_id: BOT_USER,
        bot_name: 'sallyport',
      },
    ],
    tokens: [
      {
        token: BOT_TOKEN,
        type: 'bot',
        user_id: BOT_USER,
        app_id: 'A0SALLYPORT',
        bot_id: 'B0SALLYPORT',
        bot_user_id: BOT_USER,
      },
    ],
  };
}
