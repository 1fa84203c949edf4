import { readFileSync } from "node:fs";
import { checkReceipt } from "../../core/books/verify/check-receipt.ts";
import { verifyBooks } from "../../core/books/verify/verify.ts";
import type { BooksReport } from "../../core/books/verify/report.ts";
import { runCommand } from "../command.ts";
import { readArguments, say } from "../terminal.ts";
import { exportBooks } from "./export.ts";
import { readKept } from "./kept-folder.ts";
import { withNewKey, type WitnessKeys } from "./witness-keys.ts";

const usage = `npm run books -- export --url URL --key KEY --month YYYY-MM --out DIR
    keep what proves a month's bill in a folder; the key needs the scope usage:read
npm run books -- verify DIR [--json]
    check such a folder offline; exit code 1 for a fault of the books, 2 if the check itself failed
npm run books -- receipt FILE DIR
    compare a receipt with the records in such a folder, offline; exit code 1 unless it is recorded there
npm run books -- key [--after FILE]
    print a new secret WITNESS_KEYS or RECEIPT_KEYS; with --after, one that takes over from the keys in FILE`;

await runCommand(async () => {
  const { values, positionals } = readArguments(usage, {
    options: {
      url: { type: "string" },
      key: { type: "string" },
      month: { type: "string" },
      out: { type: "string" },
      after: { type: "string" },
      json: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const [verb, folder, kept] = positionals;
  const { url, key, month, out, after } = values;
  if (verb === "key") {
    console.log(JSON.stringify(withNewKey(knownKeys(after), Date.now())));
    return 0;
  }
  if (verb === "export" && url && key && month && out) {
    await exportBooks({ url, key, month, out });
    say(`Check it with: npm run books -- verify ${out}`);
    return 0;
  }
  if (verb === "verify" && folder) return verify(folder, values.json);
  if (verb === "receipt" && folder && kept) {
    const found = await checkReceipt(readKept(kept), readFileSync(folder, "utf8"));
    console.log(JSON.stringify(found));
    return found.verdict === "recorded" ? 0 : 1;
  }
  say(usage);
  return 1;
});

async function verify(folder: string, asJson: boolean): Promise<number> {
  const books = readKept(folder);
  try {
    const report = await verifyBooks(books);
    console.log(asJson ? JSON.stringify(report) : shown(report));
    return report.faults.length === 0 ? 0 : 1;
  } catch (cause) {
    say(`The check could not be finished: ${String(cause)}`);
    say("This is a fault of the verifier or of this machine. It says nothing about the books.");
    return 2;
  }
}

function knownKeys(file: string | undefined): WitnessKeys {
  return file === undefined
    ? { keys: [] }
    : (JSON.parse(readFileSync(file, "utf8")) as WitnessKeys);
}

function shown({ faults, ...counts }: BooksReport): string {
  const lines = faults.map(({ fault, where, detail }) => `${fault}  ${where}: ${detail}`);
  const { segments, events, statement } = counts;
  const summary = `${segments} sealed records with ${events} events; the statement is ${statement === "identical" ? "identical" : "different"}.`;
  const verdict = faults.length === 0 ? "Everything holds." : `${faults.length} faults.`;
  return [...lines, summary, verdict].join("\n");
}
