/**
 * Which of the media types in `offered` the client likes best (RFC 9110 §12.5.1); the first, when it names none
 * or takes anything. Null: it takes none of them.
 */
export function preferredType<Type extends string>(
  accept: string | null,
  offered: readonly [Type, ...Type[]],
): Type | null {
  const ranges = (accept ?? "*/*").split(",").map(rangeOf);
  const quality = (type: string) => {
    const fitting = ranges.filter((range) => range.fits(type));
    const most = Math.max(0, ...fitting.map(({ precision }) => precision));
    return Math.max(0, ...fitting.filter(({ precision }) => precision === most).map(({ q }) => q));
  };
  const best = offered.reduce((left, right) => (quality(right) > quality(left) ? right : left));
  return quality(best) > 0 ? best : null;
}

function rangeOf(text: string) {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = Number(parameters.find((part) => part.startsWith("q="))?.slice(2) ?? 1);
  const own = parameters.filter((part) => part !== "" && !part.startsWith("q=")).map(unquoted);
  const named = [type, ...own].join("; ");
  const prefix = type.endsWith("/*") ? type.slice(0, -1) : null;
  return {
    q: Number.isFinite(q) ? q : 0,
    precision: type === "*/*" ? 1 : prefix ? 2 : 3,
    fits: (offered: string) =>
      type === "*/*" || (prefix ? offered.startsWith(prefix) : offered === named),
  };
}

const unquoted = (parameter: string) => parameter.replaceAll('"', "");
