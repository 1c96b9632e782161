/** What both kinds of server are given, and what they give. */

export interface HostPlan {
  /** For the server's own files. */
  readonly directory: string;
  readonly home: string;
  readonly port: number;
  readonly username: string;
  readonly hostKeyFile: string;
  /** Public, `ssh-ed25519 AAAA…`. */
  readonly loginKey: string;
}

export interface HostServer {
  /** What it is, for the start screen. */
  readonly description: string;
  stop(): Promise<void>;
}
