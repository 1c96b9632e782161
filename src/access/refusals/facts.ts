/** What several things are judged by, read once: all that is known to come up in one go, the rest when it comes up. */
import type { AppError } from '../../core/errors.ts';
import type { GrantRow, RequestRow, VoteRow } from '../../store/entities/access.ts';
import { listGrantsOfRequests } from '../../store/operations/grants.ts';
import { findRequests, listVotes } from '../../store/operations/requests.ts';
import type { AccessContext } from '../context.ts';
import { refusalByFreezeSeen } from '../freeze.ts';
import { groupsOfParties } from '../voting/admit-voter.ts';
import type { VoteMatter } from '../voting/matter.ts';

export interface JudgedIds {
  readonly requestIds: readonly string[];
  readonly grantIds: readonly string[];
}

export interface RequestFacts {
  readonly request: RequestRow;
  readonly votes: readonly VoteRow[];
}

/** Each is null for an id that nobody has. */
export interface Facts {
  readonly request: (id: string) => Promise<RequestFacts | null>;
  readonly grant: (id: string) => Promise<GrantRow | null>;
  /** See `groupsOfParties`. */
  readonly partyGroups: (matter: VoteMatter) => Promise<readonly string[]>;
  /** The refusal of whatever would grant something now, or null. */
  readonly freeze: () => Promise<AppError | null>;
}

export function factsAbout(context: AccessContext, judged: JudgedIds): Facts {
  const db = context.store.read();
  const groups = new Map<string, Promise<readonly string[]>>();
  let freeze: Promise<AppError | null> | null = null;
  const grant = readTogether(
    async () => judged.grantIds,
    async (ids) => {
      const rows = await listGrantsOfRequests(db, { requestIds: [], extendedIds: ids });
      return new Map(rows.map((row) => [row.id, row]));
    },
  );
  /** Whether somebody may end a grant is up to who decides about its request. */
  const requestIds = async (): Promise<readonly string[]> => {
    const grants = await Promise.all(judged.grantIds.map(grant));
    return [...judged.requestIds, ...grants.flatMap((row) => (row === null ? [] : [row.request.id]))];
  };
  return {
    grant,
    request: readTogether(requestIds, async (ids) => {
      const requests = await findRequests(db, { ids });
      const votes = await listVotes(db, { requestIds: requests.map(({ id }) => id) });
      const votesOn = Map.groupBy(votes, (vote) => vote.request.id);
      return new Map(
        requests.map((request) => [request.id, { request, votes: votesOn.get(request.id) ?? [] }]),
      );
    }),
    partyGroups: (matter) => {
      const { notFromGroups = [], parties } = matter;
      // Most of what waits is of a few people.
      const key = JSON.stringify([notFromGroups.length, ...parties.map(({ id }) => id)]);
      const known = groups.get(key) ?? groupsOfParties(context, db, matter);
      groups.set(key, known);
      return known;
    },
    freeze: () => {
      freeze ??= refusalByFreezeSeen(db);
      return freeze;
    },
  };
}

/** @param expected read with the first that is asked for */
function readTogether<Row>(
  expected: () => Promise<readonly string[]>,
  read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): (id: string) => Promise<Row | null> {
  const found = new Map<string, Promise<ReadonlyMap<string, Row>>>();
  let first: Promise<ReadonlySet<string>> | null = null;
  const readExpected = async (): Promise<ReadonlySet<string>> => {
    const ids = new Set(await expected());
    if (ids.size === 0) return ids;
    const rows = read([...ids]);
    for (const id of ids) found.set(id, rows);
    return ids;
  };
  return async (id) => {
    first ??= readExpected();
    await first;
    const rows = found.get(id) ?? read([id]);
    found.set(id, rows);
    return (await rows).get(id) ?? null;
  };
}
