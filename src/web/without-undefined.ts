type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The same fields without those that were left out: use cases take absent fields, never undefined ones. */
export function withoutUndefined<T extends object>(fields: T): Defined<T>;
export function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
