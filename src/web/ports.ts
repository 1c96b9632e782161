/** What the web server needs of identity; `main` passes it in. */
import type { Identity, Person } from '../core/identity.ts';
import type { Secret } from '../core/secret.ts';

/** The two proofs of identity that a request can carry. */
export interface Credentials {
  /** @throws AppError `unauthenticated` with the reason */
  authenticateBearer(token: string): Promise<Identity>;
  /** The person behind a live web session, or null. */
  readSession(cookie: string): Promise<Person | null>;
}

/** Signing in with a browser at the identity provider. `login` makes the person prove who they are anew. */
export interface BrowserSignIn {
  /** @returns where to send the browser, and what it must keep until it comes back with `state` */
  begin(options: {
    callbackUrl: URL;
    returnTo: string | null;
    prompt: 'select_account' | 'login' | null;
  }): Promise<{
    readonly redirectTo: string;
    readonly state: string;
    readonly sealed: string;
    readonly lastsMs: number;
  }>;
  /** @throws AppError with a reason fit for the person; nothing was accepted then */
  finish(options: { callback: URL; sealed: string | null }): Promise<{
    readonly cookie: Secret<string>;
    readonly expiresAt: Date;
    readonly returnTo: string;
  }>;
  signOut(cookie: string): Promise<void>;
  /** The person behind a session, and when they last proved who they are; null for nobody. */
  readSignIn(cookie: string): Promise<{ readonly person: Person; readonly signedInAt: Date | null } | null>;
}

/** What a client needs to know to sign in. */
export interface SignInFacts {
  readonly issuer: string;
  readonly clientId: string;
  /** The RFC 8707 resource that an access token must be for. */
  readonly audience: string;
  /** Separated by spaces. */
  readonly scopes: string;
}
