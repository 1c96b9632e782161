/** The catalogs that live sessions share: one for each target, login and set of masks. */
import type { Secret } from '../../core/secret.ts';
import type { Mask, PostgresResource } from '../../policies/document/schema.ts';
import { CATALOG_PARAMETERS, MaskCatalog } from './mask-catalog.ts';
import { openUpstream } from './upstream-login.ts';
import type { UpstreamCredential } from './upstream-password.ts';

interface Shared {
  readonly catalog: MaskCatalog;
  sessions: number;
}

export class MaskCatalogs {
  readonly #options: {
    readonly hashKey: Secret<Buffer>;
    readonly random: (bytes: number) => Uint8Array;
    readonly monotonic: () => number;
  };
  readonly #shared = new Map<string, Shared>();
  /** Which columns had a mask outlives the sessions: the next one must not find them under names of no mask. */
  readonly #pinned = new Map<string, Map<string, Mask>>();

  constructor(options: {
    readonly hashKey: Secret<Buffer>;
    readonly random: (bytes: number) => Uint8Array;
    readonly monotonic: () => number;
  }) {
    this.#options = options;
  }

  /** Call `leave` once, when the session is over; the last one closes the connection. */
  join(target: {
    readonly resource: PostgresResource;
    readonly credential: UpstreamCredential;
    readonly masks: readonly Mask[];
  }): { readonly catalog: MaskCatalog; readonly leave: () => Promise<void> } {
    const { resource, credential, masks } = target;
    const { address, database, tls } = resource;
    const key = JSON.stringify([address, database, tls, credential.username, masks]);
    const shared = this.#shared.get(key) ?? { catalog: this.#open(target, key), sessions: 0 };
    this.#shared.set(key, shared);
    shared.sessions += 1;
    let left = false;
    return {
      catalog: shared.catalog,
      leave: async () => {
        if (left) return;
        left = true;
        shared.sessions -= 1;
        if (shared.sessions > 0) return;
        this.#shared.delete(key);
        await shared.catalog.close();
      },
    };
  }

  #open(
    target: {
      readonly resource: PostgresResource;
      readonly credential: UpstreamCredential;
      readonly masks: readonly Mask[];
    },
    key: string,
  ): MaskCatalog {
    const pinned = this.#pinned.get(key) ?? new Map<string, Mask>();
    this.#pinned.set(key, pinned);
    const { resource, credential, masks } = target;
    const { hashKey, random, monotonic } = this.#options;
    return new MaskCatalog({
      masks,
      hashKey,
      monotonic,
      pinned,
      open: () => openUpstream({ resource, credential, parameters: CATALOG_PARAMETERS, random }),
    });
  }
}
