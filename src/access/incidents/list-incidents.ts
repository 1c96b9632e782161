/** The incidents that there are: those that were opened or declared, and channels that are one's by their name. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { type IncidentPlace, listIncidentsByName } from '../../store/operations/incident-list.ts';
import { findIdentities } from '../../store/operations/people.ts';
import type { AccessContext } from '../context.ts';
import { partyOf } from '../read-views.ts';
import { scopeOf } from '../rights.ts';
import type { PartyView } from '../views.ts';

export interface ListedIncidentView {
  /** That of its channel: what requests carry. */
  readonly name: string;
  /** `i-…`; null for a channel that is an incident's by its name alone. */
  readonly id: string | null;
  readonly title: string | null;
  /** Null for a channel that is one's by its name alone: nobody closes it. */
  readonly state: 'open' | 'closed' | null;
  readonly openedBy: PartyView | null;
  readonly openedAt: Date | null;
  readonly closedAt: Date | null;
  /** When something happened in it last. */
  readonly lastAt: Date;
  readonly requests: number;
  /** Requests that wait for a decision. */
  readonly pending: number;
  /** Sessions that the viewer may see. */
  readonly sessions: number;
  /** Those of them that live. */
  readonly live: number;
}

export interface IncidentsPage {
  readonly items: readonly ListedIncidentView[];
  /** The cursor of the next page; null on the last. */
  readonly next: string | null;
}

const LIMIT_MAX = 200;
const SEARCH_CHARACTERS_MAX = 100;
const CURSOR = /^([012])\.(\d{1,15})\.(.{1,200})$/s;

/**
 * A page, open ones first and then the one in which something happened last.
 * @throws AppError `invalid_input` for a cursor that was not given out
 */
export async function listIncidents(
  context: AccessContext,
  input: {
    readonly viewer: Identity | null;
    readonly open: boolean;
    /** A part of the name or the title. */
    readonly search: string;
    readonly cursor: string | null;
    readonly limit: number;
  },
): Promise<IncidentsPage> {
  const { viewer, open, search, cursor } = input;
  const limit = Math.min(Math.max(1, input.limit), LIMIT_MAX);
  const db = context.store.read();
  const rows = await listIncidentsByName(db, {
    visibleTo: await scopeOf(context, viewer),
    open,
    search: search.trim().slice(0, SEARCH_CHARACTERS_MAX),
    behind: cursor === null ? null : placeOf(cursor),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const people = await findIdentities(db, { ids: page.flatMap(({ openedById }) => openedById ?? []) });
  const items = page.map(({ openedById, rank: _rank, ...incident }) => {
    const person = people.find(({ id }) => id === openedById);
    return { ...incident, openedBy: person === undefined ? null : partyOf(person) };
  });
  const last = page.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

function cursorOf({ rank, lastAt, name }: IncidentPlace): string {
  return `${rank}.${lastAt.getTime()}.${name}`;
}

function placeOf(cursor: string): IncidentPlace {
  const [, rank, at, name] = CURSOR.exec(cursor) ?? [];
  if (rank === undefined || at === undefined || name === undefined)
    throw new AppError('invalid_input', 'This cursor was not given out. Begin with the first page.');
  return { rank: Number(rank), lastAt: new Date(Number(at)), name };
}
