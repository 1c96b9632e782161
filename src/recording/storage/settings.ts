/** Where recordings are kept, as `recording.storage` of the configuration says. Sizes in bytes, times in milliseconds. */

export interface S3Settings {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly pathStyle: boolean;
  readonly prefix: string;
  readonly checksum: 'sha256' | 'md5';
  readonly objectLock?: { readonly mode: 'governance' | 'compliance'; readonly days: number } | undefined;
  readonly encryption?:
    | { readonly kind: 'AES256' }
    | { readonly kind: 'aws:kms'; readonly key?: string | undefined }
    | undefined;
  readonly partBytes: number;
  /** Of one request. */
  readonly timeout: number;
}

/** How often the storage looks, and how long it waits. Tests shorten these. */
export interface StorageTimes {
  readonly lookMs: number;
  /** A recording belongs to the process that sends it for so long after it was last heard of. */
  readonly claimMs: number;
  /** A file stays for so long after it was stored: whoever was told of it, or follows it, reads it to its end. */
  readonly keepMs: number;
  readonly retryMsMin: number;
  readonly retryMsMax: number;
  /** An upload that nobody works on is given up after this. */
  readonly staleUploadMs: number;
  readonly tidyMs: number;
}

export const STORAGE_TIMES: StorageTimes = {
  lookMs: 1_000,
  claimMs: 120_000,
  keepMs: 60_000,
  retryMsMin: 500,
  retryMsMax: 60_000,
  staleUploadMs: 24 * 3_600_000,
  tidyMs: 30_000,
};
