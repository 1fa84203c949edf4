import { parseArgs, type ParseArgsConfig, styleText } from "node:util";

/** Progress goes to stderr, so that stdout has only results. */
const screen = process.stderr;

/**
 * Prints what is being done, then how it ended and how long it took. On a terminal that is one line that is
 * rewritten; elsewhere (a file, a pipe, CI) it is one line at the end of the stage.
 */
export async function stage<Value>(
  title: string,
  work: (say: (detail: string) => void) => Promise<Value>,
): Promise<Value> {
  const started = Date.now();
  const line = new LiveLine(title);
  try {
    const value = await work((detail) => line.show(detail));
    line.end(paint("green", "✓"), started);
    return value;
  } catch (error) {
    line.end(paint("red", "✗"), started);
    throw error;
  }
}

/** Columns as wide as their widest cell; numbers are right-aligned. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => rows.every((row) => /^\d/.test(String(row[column]))));
  return cells
    .map((row, index) => {
      const text = row
        .map((cell, column) =>
          isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("   ")
        .trimEnd();
      return index === 0 ? styleText("dim", text, { stream: process.stdout }) : text;
    })
    .join("\n");
}

export const say = (text: string): void => void screen.write(`${text}\n`);

/** Colours for stderr; plain text if that is not a terminal or NO_COLOR is set. */
export const paint = (colour: "green" | "red" | "yellow" | "dim" | "bold", text: string): string =>
  styleText(colour, text, { stream: screen });

/**
 * The arguments of a command, read as `node:util` reads them. Ends the process where there is nothing to do: with 0
 * after `--help`, which prints `usage`; with 1 after a wrong argument, which is named.
 */
export function readArguments<const Config extends ParseArgsConfig>(usage: string, config: Config) {
  if ((config.args ?? process.argv.slice(2)).includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (cause) {
    // The first sentence names the argument; the others are about hyphens.
    const [fault] = (cause as Error).message.split(". ");
    say(`${paint("red", `${fault}.`)}\n\n${usage}`);
    process.exit(1);
  }
}

/** The whole number given as `--name`; throws for anything below `least`. */
export function wholeNumber(name: string, text: string, least = 0): number {
  const number = Number(text);
  if (text !== "" && Number.isSafeInteger(number) && number >= least) return number;
  throw new Error(`--${name} must be a whole number from ${least}, not "${text}".`);
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

export const formatMillis = (millis: number): string =>
  millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(1)} s`;

/** The line of the current stage. */
class LiveLine {
  readonly #title: string;
  #detail = "";
  #timer: NodeJS.Timeout | undefined;

  constructor(title: string) {
    this.#title = title;
    if (!screen.isTTY) return;
    this.#draw("…");
    const started = Date.now();
    this.#timer = setInterval(
      () => this.#draw(`… ${Math.round((Date.now() - started) / 1000)} s`),
      1000,
    );
    this.#timer.unref();
  }

  show(detail: string): void {
    this.#detail = detail;
    if (screen.isTTY) this.#draw("…");
  }

  end(mark: string, started: number): void {
    clearInterval(this.#timer);
    const took = paint("dim", formatMillis(Date.now() - started));
    if (screen.isTTY) screen.write("\r\x1b[K");
    say(`${mark} ${this.#text()}  ${took}`);
  }

  #draw(progress: string): void {
    screen.write(`\r\x1b[K  ${this.#text()} ${paint("dim", progress)}`);
  }

  #text(): string {
    return this.#detail === "" ? this.#title : `${this.#title}: ${this.#detail}`;
  }
}
