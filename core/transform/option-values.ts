import type { OptionKind } from "./option-kinds.ts";
import type { optionTable } from "./option-table.ts";

type Table = typeof optionTable;

export type OptionName = keyof Table;

/** What an option's texts are read as. */
type ValueOf<Name extends OptionName> = Table[Name] extends OptionKind<infer Value> ? Value : never;

/** Options without a default may have no value. */
type Optional = {
  [Name in OptionName]: undefined extends Table[Name]["default"] ? Name : never;
}[OptionName];

/** One value for each option, as its record in the option table has it. */
export type OptionValues = { readonly [Name in Exclude<OptionName, Optional>]: ValueOf<Name> } & {
  readonly [Name in Optional]?: ValueOf<Name>;
};
