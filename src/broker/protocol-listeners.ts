/**
 * One listener for each protocol that the policy needs. What a later policy brings is listened for within a second;
 * what it takes away stays, since its clients are told why there.
 */
import { messageOf } from '../core/errors.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import { type HostAndPort, parseAddress } from './address.ts';
import { type Listener, listen } from './listener.ts';
import { PROTOCOLS, type Protocol, type ProtocolName } from './protocols.ts';
import type { BrokerServices } from './services.ts';

const LOOK_MS = 500;
/** After an address that was taken. */
const AGAIN_MS = 10_000;
const NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

/** `HOST:PORT`, where that is not where the policy says. */
export type ListenOn = Readonly<Partial<Record<ProtocolName, string | null>>>;

export class ProtocolListeners {
  readonly #services: BrokerServices;
  readonly #listenOn: ListenOn;
  readonly #listeners = new Map<ProtocolName, Listener>();
  readonly #notBefore = new Map<ProtocolName, number>();
  #timer: NodeJS.Timeout | null = null;
  #opening: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(services: BrokerServices, listenOn: ListenOn) {
    this.#services = services;
    this.#listenOn = listenOn;
  }

  /** @throws AppError `unavailable` when an address cannot be listened on */
  async open(): Promise<void> {
    for (const name of this.#missing()) await this.#open(name);
    this.#timer = setInterval(() => {
      this.#opening = this.#opening.then(() => this.#openMissing());
    }, LOOK_MS);
    this.#timer.unref();
  }

  /** Null while nothing listens for the protocol. */
  address(name: ProtocolName): HostAndPort | null {
    return this.#listeners.get(name)?.address ?? null;
  }

  /** Of each protocol, for the log: where it is listened for, and what else is known of it. */
  facts(): Readonly<Record<string, object | null>> {
    return Object.fromEntries(NAMES.map((name) => [name, this.#factsOf(name)]));
  }

  /** Accepts no more; resolves when every connection is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#opening;
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
  }

  destroyAll(): void {
    for (const listener of this.#listeners.values()) listener.destroyAll();
  }

  #factsOf(name: ProtocolName): object | null {
    const protocol: Protocol = PROTOCOLS[name];
    const address = this.address(name);
    return address === null ? null : { ...address, ...protocol.facts?.() };
  }

  #missing(): ProtocolName[] {
    const { document } = this.#services.access.policy.current();
    return NAMES.filter((name) => !this.#listeners.has(name) && PROTOCOLS[name].isNeeded(document));
  }

  async #openMissing(): Promise<void> {
    const { logger, monotonic } = this.#services;
    for (const name of this.#closed ? [] : this.#missing()) {
      if (monotonic() < (this.#notBefore.get(name) ?? 0)) continue;
      try {
        await this.#open(name);
        logger.info({ protocol: name, ...this.#factsOf(name) }, 'listening for what the policy names now');
      } catch (error) {
        this.#notBefore.set(name, monotonic() + AGAIN_MS);
        logger.error({ protocol: name, problem: messageOf(error) }, 'a listener could not be opened');
      }
    }
  }

  async #open(name: ProtocolName): Promise<void> {
    const { access, logger } = this.#services;
    const protocol: Protocol = PROTOCOLS[name];
    const current = (): PolicyDocument => access.policy.current().document;
    const listener = await listen({
      address: parseAddress(this.#listenOn[name] ?? protocol.address(current())),
      setting: protocol.setting,
      connectionsMax: () => current().broker.connectionsMax,
      logger,
      serve: protocol.createService(this.#services),
    });
    this.#listeners.set(name, listener);
  }
}
