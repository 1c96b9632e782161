/**
 * The deployment's keyring, as one process has it in memory: root keys by generation, which wrap data keys and seal what
 * rests in the database, and signing keys, each endorsed by the one before. It follows the database, so that every
 * replica takes up what one of them rotated. docs/keys.md.
 */
import type { Clock } from '../../core/clock.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { SIGNING_KEY_NAME } from '../../store/deployment-secrets.ts';
import type { Database, Store } from '../../store/open-store.ts';
import {
  listPlacedSubjects,
  listRootKeys,
  listSigningKeys,
  readKeyringExtent,
} from '../../store/operations/keyring.ts';
import type { RootKey, RootKeys } from '../../store/sealing.ts';
import type { TrustedKey } from '../../store/signing-chain.ts';
import { type KeySource, keysFrom, type RecordingKeys, type SigningKey, type WrappingKey } from '../keys.ts';
import { makeFirstRoot, makeFirstSigner } from './first-keys.ts';
import { openRoot, openSigner, type Root, type Signer, trustedOf } from './load.ts';
import { contextOf, type KeyWrapper } from './wrapper.ts';

const LOOK_EVERY_MS = 2_000;
/** A service that wraps is asked this often whether it would still open what it wrapped. */
const ASK_EVERY_MS = 60_000;

export interface KeyWrapping {
  /** Wraps what is wrapped from now on. */
  readonly primary: KeyWrapper;
  /** What may have wrapped something before. */
  readonly others: readonly KeyWrapper[];
  /** For a database from before there was a keyring. */
  readonly masterKeys: readonly Secret<Buffer>[];
}

export interface KeyringParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly wrapping: KeyWrapping;
}

export class Keyring implements KeySource, RootKeys {
  readonly recording: RecordingKeys;
  readonly store: Store;
  readonly clock: Clock;
  readonly primary: KeyWrapper;
  readonly #wrappers: readonly KeyWrapper[];
  #roots: readonly Root[] = [];
  #signers: readonly Signer[] = [];
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #askedAtMs: number;
  #problem: string | null = null;
  #report: (problem: string | null) => void = () => undefined;

  private constructor({ store, clock, wrapping }: KeyringParts) {
    this.store = store;
    this.clock = clock;
    this.primary = wrapping.primary;
    this.#wrappers = [wrapping.primary, ...wrapping.others];
    this.#askedAtMs = performance.now();
    this.recording = keysFrom(this);
  }

  /**
   * Opens every key there is, and makes the first ones.
   * @throws AppError `config_invalid` when something does not open what it should, `unavailable` when a key management
   *   service does not answer
   */
  static async open(parts: KeyringParts): Promise<Keyring> {
    const { store, clock, wrapping } = parts;
    const { primary, masterKeys } = wrapping;
    await makeFirstRoot({ store, primary, masterKeys, now: clock.now() });
    const keyring = new Keyring(parts);
    keyring.#roots = await keyring.#openRoots(store.read(), []);
    if ((await listSigningKeys(store.read(), { name: SIGNING_KEY_NAME })).length === 0)
      await makeFirstSigner({ store, root: keyring.newestRoot, now: clock.now() });
    await keyring.lookAgain();
    return keyring;
  }

  get wrapping(): readonly WrappingKey[] {
    return this.#roots.map(({ wrapping }) => wrapping);
  }

  get signing(): readonly SigningKey[] {
    return this.#signers;
  }

  get trusted(): TrustedKey {
    return trustedOf(this.#signers);
  }

  get roots(): readonly Root[] {
    return this.#roots;
  }

  get newestRoot(): RootKey {
    const newest = this.#roots.at(-1);
    if (newest === undefined) throw new AppError('internal', 'The keyring has no root key.');
    return newest.key;
  }

  get newestSigner(): Signer {
    const newest = this.#signers.at(-1);
    if (newest === undefined) throw new AppError('internal', 'The keyring has no signing key.');
    return newest;
  }

  async findRoot(keyId: string | null): Promise<RootKey | null> {
    const found = this.knownRoot(keyId);
    if (found !== null) return found;
    await this.lookAgain();
    return this.knownRoot(keyId);
  }

  /** @param keyId null for the first */
  knownRoot(keyId: string | null): RootKey | null {
    if (keyId === null) return this.#roots[0]?.key ?? null;
    return this.#roots.find(({ key }) => key.keyId === keyId)?.key ?? null;
  }

  /** Takes up what others made. @throws as `open` does; what was known stays known */
  async lookAgain(): Promise<void> {
    // One that began before whatever is to be found was written may miss it.
    await this.#looking?.catch(() => undefined);
    this.#looking ??= this.#look(this.store.read()).finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  /**
   * The signing key that is in force at the end of the audit log as a transaction sees it: the newest one whose event
   * has its place there. So no head is signed by another key than the log up to it tells of.
   * @throws AppError when the newest cannot be opened here; an older one must not sign any more
   */
  async signerIn(db: Database): Promise<SigningKey> {
    const { number } = await readKeyringExtent(db, { signing: SIGNING_KEY_NAME });
    if (number !== this.newestSigner.number) await this.lookAgain();
    if (number > this.newestSigner.number)
      throw new AppError('unavailable', `Signing key ${number} is not known to this process yet.`);
    const subjects = this.#signers.map(({ publicKey }) => publicKey.sha256);
    const placed = await listPlacedSubjects(db, { type: 'signing-key.rotated', subjects });
    const inForce = this.#signers.findLast(
      (signer) => signer.number === 1 || placed.includes(signer.publicKey.sha256),
    );
    return inForce ?? this.newestSigner;
  }

  /** Why this process does not have the newest keys, or could not open them again; null while it could. */
  get problem(): string | null {
    return this.#problem;
  }

  /** @param report called with what is wrong, once, and with null when it is over */
  follow(report: (problem: string | null) => void): void {
    this.#report = report;
    this.#timer = setInterval(() => void this.#lookQuietly(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking?.catch(() => undefined);
  }

  async #lookQuietly(): Promise<void> {
    if (this.#looking !== null) return;
    try {
      await this.lookAgain();
      await this.#askService();
      this.#say(null);
    } catch (error) {
      this.#say(messageOf(error));
    }
  }

  #say(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#report(problem);
  }

  /** Whether a start would find its keys: told while everything that runs goes on. */
  async #askService(): Promise<void> {
    if (!this.primary.isRemote) return;
    const since = performance.now() - this.#askedAtMs;
    if (since < ASK_EVERY_MS && this.#problem === null) return;
    this.#askedAtMs = performance.now();
    const [newest] = (await listRootKeys(this.store.read())).slice(-1);
    if (newest?.wrappedBy === this.primary.name)
      (await this.primary.unwrap(newest.wrappedKey, contextOf(newest.keyId))).fill(0);
  }

  async #look(db: Database): Promise<void> {
    const { generation, number } = await readKeyringExtent(db, { signing: SIGNING_KEY_NAME });
    const isBehind = generation > (this.#roots.at(-1)?.generation ?? 0);
    if (isBehind) this.#roots = await this.#openRoots(db, this.#roots);
    if (number > (this.#signers.at(-1)?.number ?? 0)) this.#signers = await this.#openSigners(db);
  }

  async #openRoots(db: Database, known: readonly Root[]): Promise<readonly Root[]> {
    const roots = [...known];
    for (const row of await listRootKeys(db)) {
      if (known.some(({ generation }) => generation === row.generation)) continue;
      roots.push(await openRoot(row, this.#wrappers));
    }
    return roots;
  }

  async #openSigners(db: Database): Promise<readonly Signer[]> {
    const signers = [...this.#signers];
    for (const row of await listSigningKeys(db, { name: SIGNING_KEY_NAME })) {
      const before = signers.at(-1) ?? null;
      if (before !== null && row.number <= before.number) continue;
      const root = this.knownRoot(row.sealedBy ?? null) ?? (await this.#rootMadeMeanwhile(db, row.sealedBy));
      signers.push(openSigner(row, { root, before: before?.publicKey ?? null }));
    }
    return signers;
  }

  /** A rotation of root keys came between two questions. */
  async #rootMadeMeanwhile(db: Database, keyId: string | null | undefined): Promise<RootKey> {
    this.#roots = await this.#openRoots(db, this.#roots);
    const found = this.knownRoot(keyId ?? null);
    if (found === null)
      throw new AppError('config_invalid', `There is no root key ${keyId} in the database.`);
    return found;
  }
}
