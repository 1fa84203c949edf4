import { parseOptionList } from "../core/transform/grammar.ts";
import type { RenderTransform } from "../core/transform/transform.ts";

/** A transform from its option list, which must be valid and name a format other than `auto`. */
export function renderTransform(optionList: string): RenderTransform {
  const parsed = parseOptionList(optionList);
  if (!parsed.ok) throw new Error(parsed.error.detail);
  const { format, ...transform } = parsed.value;
  if (format === "auto") throw new Error(`${optionList} leaves the format open`);
  return { ...transform, format };
}
