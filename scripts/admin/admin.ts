/**
 * `npm run admin -- <noun> <verb> …`: manages a running service. Tables for people, `--json` for scripts. The
 * service is the one that `npm start` runs here; MINILAB_URL and MINILAB_TOKEN name another.
 */
import { parseArgs } from "node:util";
import { runCommand } from "../command.ts";
import { runningService } from "../local/running-service.ts";
import { say, table } from "../terminal.ts";
import { commands, type Command } from "./commands.ts";

await runCommand(async () => {
  const [noun = "", verb = "", ...rest] = process.argv.slice(2);
  const command = commands[noun]?.[verb];
  if (command === undefined) {
    say(usage(noun));
    return noun === "" ? 0 : 1;
  }
  const { words, options } = read(command, rest);
  const names = command.words ?? [];
  if (words.length !== names.length) {
    say(`Usage: npm run admin -- ${line(noun, verb, command)}`);
    return 1;
  }
  const word = Object.fromEntries(names.map((name, index) => [name, words[index] ?? ""]));
  const answer = await ask(command, { word, option: options });
  console.log(options["json"] === undefined ? shown(command, answer) : JSON.stringify(answer));
  return 0;
});

function read(command: Command, rest: readonly string[]) {
  const names = Object.keys(command.options ?? {});
  const { values, positionals } = parseArgs({
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
  const { url, token } = runningService();
  const { method, path, body } = command.request(given);
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body && { "Content-Type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new Error(`No service answers at ${url}. Start one with npm start, or set MINILAB_URL.`);
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
  return `npm run admin -- <noun> <verb> … [--json]\n\n${table(["command", "what it does"], rows)}`;
}

function line(noun: string, verb: string, { words = [], options = {} }: Command): string {
  const said = Object.keys(options).map((name) => `[--${name} …]`);
  return [noun, verb, ...words.map((word) => `<${word}>`), ...said].join(" ");
}
