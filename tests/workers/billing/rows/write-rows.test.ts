import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { Statement } from "../../../../core/billing/statement.ts";
import { rollUpNext } from "../../../../workers/billing/roll-up.ts";
import { doneAt, hour, utc } from "../../../core/billing/usage-samples.ts";
import { MemoryWorld } from "../memory-books.ts";

const errors = vi.spyOn(console, "error");
beforeEach(() => errors.mockReset().mockImplementation(() => undefined));

const tenant = "tnt_a";
const ledger = `${tenant}/local/0`;
const start = utc("2026-11-20T08:50:00.000Z");
const rollUp = (world: MemoryWorld) => rollUpNext(world, { preview: false });

/** Six hours of work of two tenants, a roll-up each hour. */
async function worldAtWork(): Promise<MemoryWorld> {
  const world = new MemoryWorld([tenant, "tnt_b"], start);
  for (let hours = 0; hours < 6; hours++) await workAnHour(world);
  return world;
}

async function workAnHour(world: MemoryWorld): Promise<void> {
  const begun = world.clock;
  for (const each of world.tenants) {
    const own = world.ledgerOf(each);
    for (let job = 0; job < 5; job++) {
      const event = doneAt(begun + job * 180_000, own.events.length + 1);
      const nothing = { outputs: 0, bytesOut: 0, pixels: 0, computeUnits: 0 };
      own.settle(job === 3 ? { ...event, outcome: "failed", ...nothing } : event);
    }
  }
  world.clock += hour;
  await rollUp(world);
}

const rowKeys = (world: MemoryWorld) =>
  [...world.bucket.objects.keys()].filter((key) => key.startsWith(`rows/${tenant}/`)).toSorted();
const rowsOf = (world: MemoryWorld, key: string): unknown[] =>
  gunzipSync(world.bucket.objects.get(key) ?? "")
    .toString()
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

test("every segment gives a file for each hour in which a job of it ended, a flat row a job", async () => {
  const world = new MemoryWorld([tenant], start);
  await workAnHour(world);
  expect(rowKeys(world)).toEqual([
    `rows/${tenant}/dt=2026-11-20/hour=08/local-0-0000000001.ndjson.gz`,
    `rows/${tenant}/dt=2026-11-20/hour=09/local-0-0000000001.ndjson.gz`,
  ]);
  const [first] = rowsOf(world, rowKeys(world)[0] ?? "");
  expect(first).toEqual({
    job: "job_local_0_1",
    tenant,
    region: "local",
    shard: 0,
    segment: 1,
    sequence: 1,
    settledAt: "2026-11-20T08:50:00.000Z",
    outcome: "done",
    key: "key_1",
    trace: null,
    outputs: 2,
    bytesIn: 1_000_000,
    bytesOut: 60_000,
    pixels: 12_480_000,
    computeUnits: 117,
    sourcePixels: 12_000_000,
    renderMillis: 98,
    unitsVersion: null,
    engineVersion: null,
    prices: "2026-01",
    files: [
      { format: "webp", bytes: 20_000, pixels: 240_000 },
      { format: "avif", bytes: 40_000, pixels: 240_000 },
    ],
  });
  expect(rowsOf(world, rowKeys(world)[1] ?? "")).toHaveLength(1);
});

test("the schema for Spark names every field of a row, and its partitions", async () => {
  const world = new MemoryWorld([tenant], start);
  await workAnHour(world);
  const [row] = rowsOf(world, rowKeys(world)[0] ?? "") as { readonly files: object[] }[];
  const docs = readFileSync("docs/billing.md", "utf8");
  const schema = /schema = """([^"]*)"""/.exec(docs)?.[1] ?? "";
  const files = /ARRAY<STRUCT<(.*)>>/.exec(schema)?.[1] ?? "";
  const names = (text: string) => text.split(",").map((column) => column.trim().split(/[ :]/)[0]);
  const columns = names(schema.replace(files, ""));
  expect(columns).toEqual([...Object.keys(row ?? {}), "dt", "hour"]);
  expect(names(files)).toEqual(Object.keys(row?.files[0] ?? {}));
});

test("rows are written once; where the checkpoint is lost, the same ones again", async () => {
  const world = await worldAtWork();
  const written = new Map(rowKeys(world).map((key) => [key, world.bucket.objects.get(key)]));
  const put = vi.spyOn(world, "putRows");
  await rollUp(world);
  expect(put).not.toHaveBeenCalled();
  world.bucket.objects.delete(`rollups/${ledger}/checkpoint.json`);
  await rollUp(world);
  expect(put).toHaveBeenCalledTimes(written.size);
  expect(new Map(rowKeys(world).map((key) => [key, world.bucket.objects.get(key)]))).toEqual(
    written,
  );
});

test("rows that cannot be written hold up no statement and are written by the next run", async () => {
  const world = new MemoryWorld([tenant], start);
  const put = vi.spyOn(world, "putRows").mockRejectedValue(new Error("R2 is down"));
  await workAnHour(world);
  expect(world.bucket.json<Statement>(`statements/${tenant}/2026-11.json`)).toMatchObject({
    usage: { jobsDone: 3 },
    ledgers: { included: 1, known: 1 },
  });
  expect(errors).toHaveBeenCalledWith(
    expect.objectContaining({ event: "rows-not-written", tenant }),
  );
  put.mockRestore();
  await rollUp(world);
  expect(rowKeys(world)).toHaveLength(2);
});

/** DuckDB's package has a binary for each of these. */
const hasDuckDb =
  ["linux", "darwin", "win32"].includes(process.platform) &&
  ["x64", "arm64"].includes(process.arch);

test.runIf(hasDuckDb)(
  "DuckDB reads the prefix as it is, and its sums are the statement's",
  async () => {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const world = await worldAtWork();
    const folder = mkdtempSync(join(tmpdir(), "minilab-rows-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const key of rowKeys(world)) {
      const file = join(folder, key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, world.bucket.objects.get(key) ?? "");
    }
    const { through, usage } = world.bucket.json<Statement>(`statements/${tenant}/2026-11.json`);
    const database = await DuckDBInstance.create(":memory:");
    const connection = await database.connect();
    const reader = await connection.runAndReadAll(
      `SELECT count(*) FILTER (outcome = 'done') AS jobsDone, count(*) FILTER (outcome = 'failed') AS jobsFailed,
            sum(outputs)::BIGINT AS outputs, sum(bytesIn)::BIGINT AS bytesIn, sum(bytesOut)::BIGINT AS bytesOut,
            sum(pixels)::BIGINT AS pixels, sum(computeUnits)::BIGINT AS computeUnits
     FROM read_json('${folder}/rows/${tenant}/**/*.ndjson.gz', hive_partitioning = true)
     WHERE dt BETWEEN DATE '2026-11-01' AND DATE '2026-11-30' AND settledAt < TIMESTAMP '${through.slice(0, -1)}'`,
    );
    const [sums] = reader.getRowObjectsJson();
    expect(sums).toEqual(
      Object.fromEntries(Object.entries(usage).map(([name, figure]) => [name, String(figure)])),
    );
    expect(usage.jobsDone).toBeGreaterThan(20);

    const printed =
      /^ {4}SELECT key[^;]*;/m.exec(readFileSync("docs/billing.md", "utf8"))?.[0] ?? "";
    const atHand = printed
      .replace("books-2026-11", folder)
      .replace("2026-12-01 00:00:00", through.slice(0, -1))
      .replace(";", "");
    const byKey = await connection.runAndReadAll(
      `SELECT sum(renditions)::BIGINT AS outputs, sum(units)::BIGINT AS computeUnits
       FROM (${atHand})`,
    );
    expect(byKey.getRowObjectsJson()).toEqual([
      { outputs: String(usage.outputs), computeUnits: String(usage.computeUnits) },
    ]);
  },
);
