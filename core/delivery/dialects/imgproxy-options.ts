import type { Pairs } from "../asked.ts";
import { entry } from "./entry.ts";

export interface ImgproxyOptions {
  readonly pairs: Pairs;
  /** Seconds since the epoch; null: never. */
  readonly expiresAt: number | null;
}

/** imgproxy's options under our names; a string is the one that cannot be done. */
export function imgproxyOptions(written: readonly string[]): ImgproxyOptions | string {
  const state: State = { type: "fit", enlarge: false, expiresAt: null, values: new Map() };
  for (const option of written) {
    const [name = "", ...given] = option.split(":");
    const apply = entry(options, name);
    if (apply === undefined || !apply(state, given)) return option;
  }
  const fit = entry(fits, state.type)?.[state.enlarge ? 1 : 0];
  if (fit === undefined) return `rt:${state.type}`;
  return { pairs: [["fit", fit], ...state.values], expiresAt: state.expiresAt };
}

interface State {
  type: string;
  enlarge: boolean;
  expiresAt: number | null;
  readonly values: Map<string, string>;
}

/** Without and with `enlarge`. */
const fits: Readonly<Record<string, readonly [string, string]>> = {
  fit: ["scale-down", "contain"],
  fill: ["crop", "cover"],
  "fill-down": ["aspect-crop", "aspect-crop"],
  force: ["squeeze", "squeeze"],
};

/** Applies the arguments; false where they say what we cannot do. */
type Apply = (state: State, given: readonly string[]) => boolean;

const resize: Apply = (state, [type, ...rest]) => {
  if (type !== undefined && type !== "") state.type = type;
  return size(state, rest);
};
const size: Apply = (state, [width, height, enlarges, extends_, ...more]) =>
  set(state, "width", width) &&
  set(state, "height", height) &&
  enlarge(state, [enlarges ?? ""]) &&
  isOff(extends_) &&
  more.length === 0;
const enlarge: Apply = (state, [value = ""]) => {
  if (value !== "") state.enlarge = isOn(value);
  return true;
};
const one =
  (name: string): Apply =>
  (state, [value, ...more]) =>
    more.length === 0 && set(state, name, value);
const accepted: Apply = () => true;

const gravities: Readonly<Record<string, string>> = {
  no: "top",
  so: "bottom",
  ea: "right",
  we: "left",
  ce: "center",
  sm: "auto",
  noea: "1x0",
  nowe: "0x0",
  soea: "1x1",
  sowe: "0x1",
};
const gravity: Apply = (state, [type = "", x, y]) => {
  if (type === "fp") return set(state, "gravity", `${x ?? ""}x${y ?? ""}`);
  const ours = entry(gravities, type);
  return ours !== undefined && isZero(x) && isZero(y) && set(state, "gravity", ours);
};
const background: Apply = (state, given) => {
  const [first = "", ...rest] = given;
  return set(state, "background", rest.length === 0 ? `#${first}` : `rgb(${given.join(",")})`);
};
const expires: Apply = (state, [value = ""]) => {
  state.expiresAt = Number(value);
  return /^\d+$/.test(value);
};
const must =
  (on: boolean): Apply =>
  (_, [value = "1"]) =>
    isOn(value) === on;

const options: Readonly<Record<string, Apply>> = {
  ...named(["resize", "rs"], resize),
  ...named(["size", "s"], size),
  ...named(["resizing_type", "rt"], (state, [type = "fit"]) => {
    state.type = type;
    return true;
  }),
  ...named(["width", "w"], one("width")),
  ...named(["height", "h"], one("height")),
  ...named(["dpr"], one("dpr")),
  ...named(["enlarge", "el"], enlarge),
  ...named(["gravity", "g"], gravity),
  ...named(["quality", "q"], one("quality")),
  ...named(["format", "f", "ext"], one("format")),
  ...named(["background", "bg"], background),
  ...named(["blur", "bl"], one("blur")),
  ...named(["rotate", "rot"], one("rotate")),
  ...named(["max_bytes", "mb"], one("max_bytes")),
  ...named(["expires", "exp"], expires),
  // What we do in any case.
  ...named(["strip_metadata", "sm", "strip_color_profile", "scp", "auto_rotate", "ar"], must(true)),
  ...named(["cachebuster", "cb"], accepted),
};

function named(names: readonly string[], apply: Apply): Record<string, Apply> {
  return Object.fromEntries(names.map((name) => [name, apply]));
}

/** An empty value, and 0 of a size or quality, leave the default. A later option wins, as in imgproxy. */
function set(state: State, name: string, value: string | undefined): boolean {
  if (value !== undefined && value !== "" && value !== "0") state.values.set(name, value);
  return true;
}

const isOn = (value: string) => /^(1|t|true)$/i.test(value);
const isOff = (value: string | undefined) => value === undefined || !isOn(value);
const isZero = (value: string | undefined) => value === undefined || Number(value) === 0;
