/** How the tour talks to a database: the real `psql` where there is one, else the client library. */

export type SqlResult =
  | { readonly ok: true; readonly rows: readonly (readonly string[])[] }
  | { readonly ok: false; readonly sqlState: string; readonly message: string };

/** One connection, kept open. */
export interface SqlSession {
  run(statement: string): Promise<SqlResult>;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface SqlClient {
  /** For people: what is used, and why. */
  readonly description: string;
  /** @throws AppError `unavailable` with what the server said when it refuses the connection */
  connect(url: string): Promise<SqlSession>;
}
