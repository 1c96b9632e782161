import type { FastifyPluginAsync } from 'fastify';
import type { ChatPlatform } from './platform.ts';

/** A platform, and how what people do on it reaches the process that listens. */
export interface OpenPlatform {
  readonly platform: ChatPlatform;
  /** The routes that the platform calls; null when it calls nothing of ours. */
  readonly plugin: FastifyPluginAsync | null;
  /**
   * Begins to listen where the platform has to be called. Returns at once, though the platform may be out of reach.
   * @throws AppError when the configuration does not allow it
   */
  start(): void;
  /** Takes nothing more, and finishes what is under way. */
  stop(): Promise<void>;
}

/** The routes of the platforms that call us. */
export function pluginsOf(platforms: readonly OpenPlatform[]): readonly FastifyPluginAsync[] {
  return platforms.flatMap(({ plugin }) => (plugin === null ? [] : [plugin]));
}
