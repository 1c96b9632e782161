/** Which of the deployment's own keys can be rotated: what data keys are wrapped with, and what signs. */
export const ROTATABLE = ['root', 'signing'] as const;
export type Rotatable = (typeof ROTATABLE)[number];

/** The keyring as overseers see it. */
export interface KeyringView {
  /** What wraps root keys from now on. */
  readonly wrapsWith: string;
  readonly rootKeys: readonly {
    readonly generation: number;
    readonly keyId: string;
    readonly wrappedBy: string;
    readonly createdAt: Date;
  }[];
  readonly signingKeys: readonly {
    readonly number: number;
    readonly sha256: string;
    readonly createdAt: Date;
  }[];
  /** Of the process that answers; null when there is none. */
  readonly problem: string | null;
}

/** What stands in the audit log of a new root key. */
export interface NewRootKey {
  readonly generation: number;
  readonly keyId: string;
  readonly wrappedBy: string;
  readonly at: Date;
}

/** What stands there of a new signing key: enough to follow from the one before. */
export interface NewSigningKey {
  readonly number: number;
  /** Hex. */
  readonly sha256: string;
  readonly previousSha256: string;
  /** SubjectPublicKeyInfo in base64. */
  readonly publicKey: string;
  /** Hex. */
  readonly endorsement: string;
  readonly at: Date;
}
