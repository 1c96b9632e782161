/**
 * Errors and notices quote data: a failed cast shows the value, a violated check the whole row. While a statement
 * could quote masked rows, what may hold data is replaced before the client or the recording sees it.
 */

/** One field of an ErrorResponse or NoticeResponse: its code letter and its text (protocol, section 54.8). */
export interface ErrorField {
  readonly code: string;
  readonly value: string;
}

/** Severity, SQLSTATE, position, names of objects, and places in the server's source: never data. */
const SAFE_FIELDS: ReadonlySet<string> = new Set('SVCPpstcdnFLR');

const CHOSEN_BY_SERVER: ReadonlySet<string> = new Set('SVCPpFLR');

/**
 * Classes of SQLSTATE whose message speaks of the statement or the server, not of rows: connections, features,
 * transactions, authorization, catalogs, integrity (its rows are in the detail), syntax, resources, objects in
 * the wrong state, the operator, and the system.
 */
const SAFE_CLASSES: ReadonlySet<string> = new Set(
  '08 0A 0L 0P 23 25 26 28 2B 2D 34 3B 3D 3F 40 42 53 54 55 57 58'.split(' '),
);

const WITHHELD = 'The message is withheld because it could quote masked data.';

function sqlStateOf(fields: readonly ErrorField[]): string {
  return fields.find((field) => field.code === 'C')?.value ?? '';
}

/**
 * The fields to send instead. `quotesMasked`: what `couldQuoteMasked` said of the running statement;
 * `callsUserCode`: its effects include `call`, so that anybody's RAISE may have chosen SQLSTATE and text.
 * Even where neither holds, the detail of a violated constraint is dropped: triggers and cascades reach rows of
 * relations that the statement does not name. Call it only where the resource has masks.
 */
export function sanitizedError(
  fields: readonly ErrorField[],
  context: { quotesMasked: boolean; callsUserCode: boolean },
): readonly ErrorField[] {
  const sqlState = sqlStateOf(fields);
  if (!context.quotesMasked && !context.callsUserCode) {
    return fields.filter((field) => field.code !== 'D' || !sqlState.startsWith('23'));
  }
  // Whoever raises an error chooses the names in it as well.
  const safeFields = context.callsUserCode ? CHOSEN_BY_SERVER : SAFE_FIELDS;
  const safeMessage = !context.callsUserCode && SAFE_CLASSES.has(sqlState.slice(0, 2));
  return fields.flatMap((field) => {
    if (safeFields.has(field.code)) return [field];
    if (field.code !== 'M') return [];
    return [safeMessage ? field : { code: 'M', value: `${WITHHELD} (SQLSTATE ${sqlState})` }];
  });
}
