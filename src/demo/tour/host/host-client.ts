/** How the tour uses the host. */

export interface HostAccess {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The broker's: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

export interface HostAnswer {
  /** Null when it was cut off. */
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface HostClient {
  /** What it is, for the report. */
  readonly description: string;
  /** One command in a connection of its own. */
  command(text: string): Promise<HostAnswer>;
  /** Types the lines at a prompt, each when the one before is done, and leaves. @returns what the terminal showed */
  shell(lines: readonly string[]): Promise<string>;
  /** Copies a file from the host to here. @throws AppError `upstream_failed` with what was said */
  download(from: string, to: string): Promise<void>;
  /** The other way. @throws as `download` */
  upload(from: string, to: string): Promise<void>;
}
