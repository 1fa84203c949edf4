import { runCommand } from "../command.ts";
import { askService } from "../local/running-service.ts";
import { readArguments, say, table } from "../terminal.ts";
import { commands, type Command } from "./commands.ts";

await runCommand(async () => {
  const [noun = "", verb = "", ...rest] = process.argv.slice(2);
  const command = commands[noun]?.[verb];
  if (command === undefined) {
    const asked = noun === "" || noun === "--help";
    (asked ? console.log : say)(usage(noun));
    return asked ? 0 : 1;
  }
  const { words, options } = read(command, usageOf(noun, verb, command), rest);
  const names = command.words ?? [];
  if (words.length !== names.length) {
    say(usageOf(noun, verb, command));
    return 1;
  }
  const word = Object.fromEntries(names.map((name, index) => [name, words[index] ?? ""]));
  const answer = await ask(command, { word, option: options });
  console.log(options["json"] === undefined ? shown(command, answer) : JSON.stringify(answer));
  return 0;
});

function read(command: Command, usage: string, rest: readonly string[]) {
  const names = Object.keys(command.options ?? {});
  const { values, positionals } = readArguments(usage, {
    args: [...rest],
    options: {
      json: { type: "boolean" },
      ...Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
    },
    allowPositionals: true,
  });
  const options = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, String(value)]),
  );
  return { words: positionals, options };
}

async function ask(command: Command, given: Parameters<Command["request"]>[0]): Promise<object> {
  const { method, path, body } = command.request(given);
  const response = await askService(path, {
    method,
    ...(body && {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const answer = (await response.json()) as { title?: string; detail?: string };
  if (!response.ok) throw new Error(`${answer.title ?? response.status}: ${answer.detail ?? ""}`);
  return answer;
}

function shown({ rows, columns }: Command, answer: object): string {
  const whole = answer as Record<string, unknown>;
  const listed = rows === undefined ? [whole] : (whole[rows] as Record<string, unknown>[]);
  const cells = listed.map((row) => columns.map((column) => cell(row[column])));
  const more = whole["cursor"] ? `\n\nMore: --cursor ${cell(whole["cursor"])}` : "";
  return listed.length === 0 ? "None." : `${table(columns, cells)}${more}`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function usage(noun: string): string {
  const nouns = commands[noun] === undefined ? Object.keys(commands) : [noun];
  const rows = nouns.flatMap((each) =>
    Object.entries(commands[each] ?? {}).map(([verb, command]) => [
      line(each, verb, command),
      command.about,
    ]),
  );
  return `npm run admin -- <noun> <verb> … [--json]

Manages a running service: the one that npm start runs here, or the one that MINILAB_URL and MINILAB_TOKEN name.
After <noun> <verb>, --help explains the options.

${table(["command", "what it does"], rows)}`;
}

/** How one command is written, and what its options take. */
function usageOf(noun: string, verb: string, command: Command): string {
  const options = Object.entries(command.options ?? {}).map(
    ([name, takes]) => `  --${name.padEnd(8)} ${takes}`,
  );
  const head = `npm run admin -- ${line(noun, verb, command)} [--json]\n\n${command.about}`;
  return options.length === 0 ? head : `${head}\n\n${options.join("\n")}`;
}

function line(noun: string, verb: string, { words = [], options = {} }: Command): string {
  const said = Object.keys(options).map((name) => `[--${name} …]`);
  return [noun, verb, ...words.map((word) => `<${word}>`), ...said].join(" ");
}
