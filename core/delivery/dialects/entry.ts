/**
 * The entry of a table that has this name. A name comes from a URL: one that every object has, `constructor`,
 * is none of the table's.
 */
export const entry = <Value>(table: Readonly<Record<string, Value>>, name: string) =>
  Object.hasOwn(table, name) ? table[name] : undefined;
