/** What one step leaves for the steps after it. */
import { AppError } from '../../core/errors.ts';
import type { HostClient } from './host/host-client.ts';
import type { Players } from './player.ts';
import type { SqlResult, SqlSession } from './sql-client.ts';

export interface Facts {
  readonly players: Players;
  readonly requestId: string;
  /** The message that carries the request's card. */
  readonly requestMessageId: string;
  readonly grantId: string;
  /** The revealed connection string. */
  readonly connectionUrl: string;
  readonly sqlSession: SqlSession;
  readonly sessionId: string;
  /** Rows of the target's customers table, counted before anything was tried. */
  readonly customersBefore: string;
  readonly hostRequestId: string;
  readonly hostGrantId: string;
  readonly hostClient: HostClient;
  readonly recordingFile: string;
  readonly keyFile: string;
}

export interface Statement {
  readonly text: string;
  readonly result: SqlResult;
  /** It waited for somebody's approval. */
  readonly held: boolean;
}

export class Notebook {
  readonly #facts = new Map<keyof Facts, Facts[keyof Facts]>();
  /** Everything that was sent over the connection, in order. */
  readonly statements: Statement[] = [];

  note<Name extends keyof Facts>(name: Name, fact: Facts[Name]): void {
    this.#facts.set(name, fact);
  }

  /** @throws AppError `unavailable` when the step that finds it out did not get there */
  recall<Name extends keyof Facts>(name: Name): Facts[Name] {
    const fact = this.find(name);
    if (fact === null) throw new AppError('unavailable', `An earlier step failed: ${name} is not known.`);
    return fact;
  }

  find<Name extends keyof Facts>(name: Name): Facts[Name] | null {
    return (this.#facts.get(name) as Facts[Name] | undefined) ?? null;
  }
}
