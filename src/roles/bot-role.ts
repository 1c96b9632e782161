/** Listening to the chat platforms: those that call are called, and calls of the others are served. */
import { type OpenPlatform, pluginsOf } from '../bot/open-platform.ts';
import { createPluginServer } from '../web/plugin-server.ts';
import { listen } from './addresses.ts';
import type { Foundation } from './foundation.ts';

/** @param options.isServed true when this process has another server, which has their routes already */
export async function startBot(
  foundation: Foundation,
  options: { readonly platforms: readonly OpenPlatform[]; readonly isServed: boolean },
): Promise<void> {
  const { config, lifecycle, logger, policy } = foundation;
  const { platforms, isServed } = options;
  const plugins = pluginsOf(platforms);
  if (!isServed && plugins.length > 0) {
    const server = createPluginServer({ logger, plugins });
    lifecycle.add('routes of chat platforms', () => server.close());
    await listen(server, {
      address: config.listenOn.bot ?? policy.current().document.server.address,
      what: 'calls of chat platforms',
      setting: 'SALLYPORT_BOT_ADDRESS',
    });
  }
  for (const { platform, start, stop } of platforms) {
    lifecycle.add(`chat on ${platform.name}`, stop);
    start();
  }
}
