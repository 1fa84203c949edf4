import { entry } from "./entry.ts";

/** CSS's `object-position` in per cent or keywords, or one of sharp's strategies, as a gravity; null: neither. */
export function gravityAt(position: string): string | null {
  if (position === "attention" || position === "entropy") return "auto";
  const [first = "", second = "center", ...rest] = position.split(" ");
  const isDownFirst =
    first === "top" || first === "bottom" || second === "left" || second === "right";
  const [x = "", y = ""] = (isDownFirst ? [second, first] : [first, second]).map(
    (part) => entry(sides, part) ?? part,
  );
  const isKnown = rest.length === 0 && [x, y].every((part) => /^[\d.]+%$/.test(part));
  return isKnown ? `${x}x${y}` : null;
}

const sides: Readonly<Record<string, string>> = {
  left: "0%",
  top: "0%",
  center: "50%",
  right: "100%",
  bottom: "100%",
};
