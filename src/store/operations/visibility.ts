/** Who may see what was done under a grant: one definition, for sessions and for held commands. */

/** A person, by id, and what they are. */
export interface Viewer {
  readonly identityId: string;
  readonly claims: readonly string[];
}

interface Clause {
  readonly sql: string;
  readonly values: readonly string[];
}

/**
 * True for the grant's holder, for who voted on its request and for who may: for queries in which `g` is the
 * grant and `r` its request.
 */
export function grantVisibleTo(viewer: Viewer): Clause {
  const { identityId, claims } = viewer;
  return {
    sql: `(g.holder_id = ?
            or exists (select 1 from vote v where v.request_id = r.id and v.identity_id = ?)
            or exists (select 1 from jsonb_array_elements(coalesce(r.approval->'seats', r.approval->'review'->'seats', '[]')) seat
                        where exists (select 1 from jsonb_array_elements_text(seat->'anyOf') claim where jsonb_exists(?::jsonb, claim))))`,
    values: [identityId, identityId, JSON.stringify(claims)],
  };
}

/** The same for queries over much that belongs to a few grants: these are found once. `s` is a session. */
export function sessionVisibleTo(viewer: Viewer): Clause {
  const { sql, values } = grantVisibleTo(viewer);
  return {
    sql: `s.grant_id in (select g.id from access_grant g join access_request r on r.id = g.request_id where ${sql} offset 0)`,
    values,
  };
}

/** As `grantVisibleTo`, and for who voted on the hold and who may: `h` is the hold. */
export function holdVisibleTo(viewer: Viewer): Clause {
  const { identityId, claims } = viewer;
  const grant = grantVisibleTo(viewer);
  return {
    sql: `(${grant.sql}
            or exists (select 1 from hold_vote hv where hv.hold_id = h.id and hv.identity_id = ?)
            or exists (select 1 from jsonb_array_elements(h.seats) seat where exists (select 1 from jsonb_array_elements_text(seat->'anyOf') claim where jsonb_exists(?::jsonb, claim))))`,
    values: [...grant.values, identityId, JSON.stringify(claims)],
  };
}
