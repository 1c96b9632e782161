/**
 * Object storage that speaks S3. One request at a time, each with a limit of time and none repeated here: who asks
 * decides when to try again. The client is loaded when the first storage is opened.
 */
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

import { type Checksums, compositeOf } from './checksums.ts';
import type { S3Settings } from './settings.ts';

const CONNECT_MS_MAX = 10_000;
const DAY_MS = 86_400_000;
const LISTED_MAX = 1_000;

export interface S3Credentials {
  readonly accessKeyId: Secret<string>;
  readonly secretAccessKey: Secret<string>;
  readonly sessionToken: Secret<string> | null;
}

/** A part that the service has confirmed. */
export interface SentPart extends Checksums {
  readonly number: number;
  readonly etag: string;
}

/** An object as the service describes it. */
export interface ObjectFacts {
  readonly bytes: number;
  /** Null where the bucket keeps no versions. */
  readonly version: string | null;
  /** Base64, of the whole object or, with a number behind it, of its parts' checksums; null where none is kept. */
  readonly sha256: string | null;
  /** Without quotes; null where it is no checksum, because the service encrypts with a key of its own. */
  readonly etag: string | null;
}

export interface OpenUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly begunAt: Date;
}

type Sdk = typeof import('@aws-sdk/client-s3');

/** The names of our metadata: what an object is can be told without opening it. */
export type ObjectMetadata = Readonly<Record<string, string>>;

export class S3Storage {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #settings: S3Settings;

  private constructor(parts: { sdk: Sdk; client: S3Client; settings: S3Settings }) {
    this.#sdk = parts.sdk;
    this.#client = parts.client;
    this.#settings = parts.settings;
  }

  /** Asks nothing of the service yet. @param input.credentials null: what the machine has */
  static async open(input: { settings: S3Settings; credentials: S3Credentials | null }): Promise<S3Storage> {
    const { settings, credentials } = input;
    const sdk = await import('@aws-sdk/client-s3');
    const client = new sdk.S3Client({
      region: settings.region,
      forcePathStyle: settings.pathStyle,
      ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
      ...(credentials === null ? {} : { credentials: revealed(credentials) }),
      maxAttempts: 1,
      // We send checksums of our own; the client's are in a form that many services do not know.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MS_MAX,
        requestTimeout: settings.timeout,
        throwOnRequestTimeout: true,
      },
    });
    return new S3Storage({ sdk, client, settings });
  }

  /** What the object of a session is called. */
  keyOf(sessionId: string): string {
    return `${this.#settings.prefix}${sessionId}.sprec`;
  }

  get partBytes(): number {
    return this.#settings.partBytes;
  }

  close(): void {
    this.#client.destroy();
  }

  /** One request for a whole object. */
  async put(input: {
    key: string;
    body: Uint8Array;
    checksums: Checksums;
    metadata: ObjectMetadata;
  }): Promise<void> {
    const { key, body, checksums, metadata } = input;
    const command = new this.#sdk.PutObjectCommand({
      ...this.#newObject(key, metadata),
      ...this.#integrity(checksums),
      Body: body,
      ContentLength: body.length,
    });
    await this.#send(`storing ${key}`, async (abortSignal) =>
      this.#client.send(withPayloadHash(command, checksums), { abortSignal }),
    );
  }

  /** @returns the id of an upload in parts */
  async begin(input: { key: string; metadata: ObjectMetadata }): Promise<string> {
    const command = new this.#sdk.CreateMultipartUploadCommand({
      ...this.#newObject(input.key, input.metadata),
      ...(this.#settings.checksum === 'sha256' ? { ChecksumAlgorithm: 'SHA256' as const } : {}),
    });
    const { UploadId } = await this.#send(`beginning ${input.key}`, (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    );
    if (UploadId === undefined) throw fault(`beginning ${input.key}`, new Error('it gave no upload id'));
    return UploadId;
  }

  async putPart(input: {
    key: string;
    uploadId: string;
    number: number;
    body: Uint8Array;
    checksums: Checksums;
  }): Promise<SentPart> {
    const { key, uploadId, number, body, checksums } = input;
    const what = `storing part ${number} of ${key}`;
    const command = new this.#sdk.UploadPartCommand({
      Bucket: this.#settings.bucket,
      Key: key,
      UploadId: uploadId,
      PartNumber: number,
      ...this.#integrity(checksums),
      Body: body,
      ContentLength: body.length,
    });
    const { ETag, ChecksumSHA256 } = await this.#send(what, (abortSignal) =>
      this.#client.send(withPayloadHash(command, checksums), { abortSignal }),
    );
    if (ETag === undefined) throw fault(what, new Error('it gave no ETag'));
    if (ChecksumSHA256 !== undefined && ChecksumSHA256 !== toBase64(checksums.sha256))
      throw fault(what, new Error('what arrived is not what was sent'));
    return { ...checksums, number, etag: ETag };
  }

  async complete(input: { key: string; uploadId: string; parts: readonly SentPart[] }): Promise<void> {
    const { key, uploadId, parts } = input;
    const isSha256 = this.#settings.checksum === 'sha256';
    const command = new this.#sdk.CompleteMultipartUploadCommand({
      Bucket: this.#settings.bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: {
        Parts: parts.map(
          ({ number, etag, sha256 }): CompletedPart => ({
            PartNumber: number,
            ETag: etag,
            ...(isSha256 ? { ChecksumSHA256: toBase64(sha256) } : {}),
          }),
        ),
      },
    });
    await this.#send(`completing ${key}`, (abortSignal) => this.#client.send(command, { abortSignal }));
  }

  /** Also of an upload that is not there any more. */
  async abort(upload: { key: string; uploadId: string }): Promise<void> {
    const command = new this.#sdk.AbortMultipartUploadCommand({
      Bucket: this.#settings.bucket,
      Key: upload.key,
      UploadId: upload.uploadId,
    });
    try {
      await this.#send(`giving up an upload of ${upload.key}`, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** @returns null when there is no such object */
  async describe(key: string): Promise<ObjectFacts | null> {
    const command = new this.#sdk.HeadObjectCommand({
      Bucket: this.#settings.bucket,
      Key: key,
      ChecksumMode: 'ENABLED',
    });
    try {
      const found = await this.#send(`looking for ${key}`, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
      return {
        bytes: found.ContentLength ?? -1,
        version: found.VersionId === undefined || found.VersionId === 'null' ? null : found.VersionId,
        sha256: found.ChecksumSHA256 ?? null,
        etag: hasPlainEtag(found) ? found.ETag.replaceAll('"', '') : null,
      };
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  /** The bytes of an object. @throws AppError `not_found`, `unavailable`; also while it is read */
  async *read(object: { key: string; version: string | null }): AsyncGenerator<Uint8Array> {
    const what = `reading ${object.key}`;
    const command = new this.#sdk.GetObjectCommand({
      Bucket: this.#settings.bucket,
      Key: object.key,
      ...(object.version === null ? {} : { VersionId: object.version }),
    });
    const { Body } = await this.#send(what, (abortSignal) => this.#client.send(command, { abortSignal }));
    if (Body === undefined || !(Symbol.asyncIterator in Body)) throw fault(what, new Error('it has no body'));
    try {
      yield* Body as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw fault(what, error);
    }
  }

  /** Also one that is not there. @throws AppError `conflict` when the service's lock does not let it go yet */
  async remove(object: { key: string; version: string | null }): Promise<void> {
    const command = new this.#sdk.DeleteObjectCommand({
      Bucket: this.#settings.bucket,
      Key: object.key,
      ...(object.version === null ? {} : { VersionId: object.version }),
    });
    try {
      await this.#send(`removing ${object.key}`, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
    } catch (error) {
      if (isGone(error)) return;
      throw error;
    }
  }

  /** Uploads in parts that were begun under our prefix and not ended; at most a thousand. */
  async listUploads(): Promise<OpenUpload[]> {
    const { bucket, prefix } = this.#settings;
    const command = new this.#sdk.ListMultipartUploadsCommand({
      Bucket: bucket,
      Prefix: prefix,
      MaxUploads: LISTED_MAX,
    });
    const { Uploads = [] } = await this.#send('listing uploads', (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    );
    return Uploads.flatMap(({ Key, UploadId, Initiated }) =>
      Key === undefined || UploadId === undefined || Initiated === undefined || !Key.startsWith(prefix)
        ? []
        : [{ key: Key, uploadId: UploadId, begunAt: Initiated }],
    );
  }

  /** The session that an object of ours holds; null for another. */
  sessionOf(key: string): string | null {
    const name = key.slice(this.#settings.prefix.length);
    return key.startsWith(this.#settings.prefix) && name.endsWith('.sprec') ? name.slice(0, -6) : null;
  }

  /**
   * Whether the service has what was sent; null when it keeps nothing that tells, or says two things: some keep a
   * checksum as it was sent to them, without looking at what arrived.
   */
  isWhole(facts: ObjectFacts, sent: { checksums: Checksums; parts: readonly Checksums[] }): boolean | null {
    const { parts, checksums } = sent;
    if (facts.bytes !== checksums.bytes) return false;
    const composite = (kind: 'sha256' | 'md5'): string =>
      compositeOf(
        parts.map((part) => part[kind]),
        kind,
      );
    const [md5 = '', of] = facts.etag?.split('-') ?? [];
    const sameMd5 = /^[0-9a-f]{32}$/.test(md5)
      ? md5 === (of === undefined ? checksums.md5 : composite('md5'))
      : null;
    if (facts.sha256 === null) return sameMd5 === true ? true : null;
    const expected = [checksums.sha256, composite('sha256')];
    const known = facts.sha256.split('-')[0];
    if (!expected.some((one) => toBase64(one) === known)) return false;
    return sameMd5 === false ? null : true;
  }

  #newObject(key: string, metadata: ObjectMetadata) {
    const { bucket, objectLock, encryption } = this.#settings;
    return {
      Bucket: bucket,
      Key: key,
      Metadata: { ...metadata },
      ContentType: 'application/octet-stream',
      ...(objectLock === undefined
        ? {}
        : {
            ObjectLockMode:
              objectLock.mode === 'governance' ? ('GOVERNANCE' as const) : ('COMPLIANCE' as const),
            ObjectLockRetainUntilDate: new Date(Date.now() + objectLock.days * DAY_MS),
          }),
      ...(encryption === undefined ? {} : { ServerSideEncryption: encryption.kind }),
      ...(encryption?.kind === 'aws:kms' && encryption.key !== undefined
        ? { SSEKMSKeyId: encryption.key }
        : {}),
    };
  }

  #integrity({ sha256, md5 }: Checksums) {
    return this.#settings.checksum === 'sha256'
      ? { ChecksumAlgorithm: 'SHA256' as const, ChecksumSHA256: toBase64(sha256) }
      : { ContentMD5: toBase64(md5) };
  }

  async #send<Answer>(what: string, request: (until: AbortSignal) => Promise<Answer>): Promise<Answer> {
    try {
      return await request(AbortSignal.timeout(this.#settings.timeout));
    } catch (error) {
      throw fault(what, error);
    }
  }
}

/** With keys of the service's own an ETag is no checksum. */
function hasPlainEtag<Found extends { ETag?: string | undefined; ServerSideEncryption?: string | undefined }>(
  found: Found,
): found is Found & { ETag: string } {
  return found.ETag !== undefined && !found.ServerSideEncryption?.startsWith('aws:kms');
}

/** The upload or object that was meant is not there, or another one is. */
export function isGone(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_found';
}

function revealed({ accessKeyId, secretAccessKey, sessionToken }: S3Credentials) {
  return {
    accessKeyId: accessKeyId.reveal(),
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken === null ? {} : { sessionToken: sessionToken.reveal() }),
  };
}

interface Middlewares {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
      options: { step: 'build'; name: string },
    ): void;
  };
}

/** The signature covers the body by its hash, which we know: the client would compute it once more. */
function withPayloadHash<Command>(command: Command, { sha256 }: Checksums): Command {
  const { middlewareStack } = command as Middlewares;
  middlewareStack.add(
    (next) => (args: { request: { headers: Record<string, string> } }) => {
      args.request.headers['x-amz-content-sha256'] = sha256;
      return next(args as never);
    },
    { step: 'build', name: 'payloadHash' },
  );
  return command;
}

function toBase64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** A part that was exchanged, or that the service has lost, is as good as an upload that it has given up. */
const GONE = ['NoSuchUpload', 'InvalidPart'];

function fault(what: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const status = statusOf(error);
  const name = error instanceof Error ? error.name : '';
  const code =
    status === 404 || GONE.includes(name) ? 'not_found' : status === 403 ? 'conflict' : 'unavailable';
  const reason = name === '' || name === 'Error' ? messageOf(error) : `${name}: ${messageOf(error)}`;
  return new AppError(code, `The object storage failed at ${what}: ${reason}`, { cause: error });
}

function statusOf(error: unknown): number | null {
  const metadata: unknown =
    typeof error === 'object' && error !== null && '$metadata' in error ? error.$metadata : null;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : null;
  return typeof status === 'number' ? status : null;
}
