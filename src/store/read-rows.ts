/**
 * Rows with what they refer to, by a statement that is worked out once for each shape. The mapper works it out anew
 * for every question, which costs several times what the question itself does; this is for what is asked at every
 * vote, card and session. The rows are data: nothing is tracked, and no change is written back.
 */
import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { Database } from './open-store.ts';

/** Answers with the rows that a condition on the alias selects; see `rowReader`. */
type RowReader<Row> = (
  db: Database,
  question: {
    /** SQL over the reader's alias, with `?` for each value. */
    readonly where: string;
    readonly values: readonly unknown[];
    readonly orderBy?: string;
  },
) => Promise<Row[]>;

interface Shape {
  readonly select: string;
  readonly read: (found: Found) => object | null;
}

type Found = Readonly<Record<string, unknown>>;

/**
 * @param options.alias of the entity's table in conditions and orders
 * @param options.with relations whose rows are read as well; of others there is the id alone
 */
export function rowReader<Row extends object>(
  entity: { new (): Row },
  options: { readonly alias: string; readonly with: readonly (keyof Row & string)[] },
): RowReader<Row> {
  let shape: Shape | null = null;
  return async (db, { where, values, orderBy }) => {
    shape ??= shapeOf(db.getMetadata(entity), options);
    const order = orderBy === undefined ? '' : ` order by ${orderBy}`;
    const found = await db.execute<Found[]>(`${shape.select} where ${where}${order}`, [...values]);
    // The columns are those of the entity's own description, which its type is made from.
    return found.map(shape.read) as Row[];
  };
}

function shapeOf(
  meta: Pick<EntityMetadata, 'tableName' | 'props'>,
  options: { readonly alias: string; readonly with: readonly string[] },
): Shape {
  const columns: string[] = [];
  const joins: string[] = [];
  const take = (alias: string, prop: EntityProperty): string => {
    columns.push(`${alias}."${prop.fieldNames[0]}" as "${columns.length}"`);
    return String(columns.length - 1);
  };
  const readers = meta.props.map((prop): [string, (found: Found) => unknown] => {
    if (prop.kind === 'scalar') return [prop.name, scalarReader(prop, take(options.alias, prop))];
    const target = targetOf(prop);
    if (!options.with.includes(prop.name)) {
      const key = take(options.alias, prop);
      return [prop.name, (found) => (found[key] === null ? null : { [target.key.name]: found[key] })];
    }
    const alias = `${options.alias}_${prop.name}`;
    joins.push(
      ` left join "${target.meta.tableName}" ${alias} on ${alias}."${target.key.fieldNames[0]}" = ${options.alias}."${prop.fieldNames[0]}"`,
    );
    return [prop.name, relatedReader(target, (related) => take(alias, related))];
  });
  const select = `select ${columns.join(', ')} from "${meta.tableName}" ${options.alias}${joins.join('')}`;
  return { select, read: objectReader(readers) };
}

interface Target {
  readonly meta: EntityMetadata;
  readonly key: EntityProperty;
}

function targetOf(prop: EntityProperty): Target {
  const meta = prop.targetMeta;
  const key = meta?.props.find(({ primary }) => primary === true);
  if (meta === undefined || key === undefined)
    throw new Error(`${prop.name} refers to nothing that is known`);
  return { meta, key };
}

/** One level deep: what the related row refers to is its id alone. */
function relatedReader(
  { meta, key }: Target,
  take: (prop: EntityProperty) => string,
): (found: Found) => unknown {
  const keys = new Map(meta.props.map((prop) => [prop.name, take(prop)]));
  const readers = meta.props.map((prop): [string, (found: Found) => unknown] => {
    const column = keys.get(prop.name) ?? '';
    if (prop.kind === 'scalar') return [prop.name, scalarReader(prop, column)];
    const idName = targetOf(prop).key.name;
    return [prop.name, (found) => (found[column] === null ? null : { [idName]: found[column] })];
  });
  const read = objectReader(readers);
  const keyColumn = keys.get(key.name) ?? '';
  return (found) => (found[keyColumn] === null ? null : read(found));
}

function objectReader(readers: readonly [string, (found: Found) => unknown][]): (found: Found) => object {
  return (found) => {
    const row: Record<string, unknown> = {};
    for (const [name, read] of readers) row[name] = read(found);
    return row;
  };
}

/** As the mapper reads them: moments as dates, and what the description gives a type of its own by that type. */
function scalarReader(prop: EntityProperty, key: string): (found: Found) => unknown {
  const { customType } = prop;
  if (customType?.constructor.name === 'BigIntType') {
    const toNumber = prop.runtimeType === 'number';
    return (found) => {
      const value = found[key];
      return value === null ? null : toNumber ? Number(value) : String(value);
    };
  }
  if (prop.runtimeType === 'Date') {
    return (found) => (found[key] === null ? null : new Date(String(found[key])));
  }
  return (found) => found[key];
}
