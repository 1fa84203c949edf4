import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import sharp from "sharp";
import { expect, test, vi } from "vitest";
import { sceneJpeg } from "../../scripts/scene/scene-jpeg.ts";
import { serviceProcesses } from "../scripts/process-group.ts";

const root = resolve(import.meta.dirname, "../..");

test("npm start says where it is, keeps its first tenant, and ends when told to", async () => {
  const stateDir = newFolder();
  const first = await startJson(stateDir);
  expect(Object.keys(first.said).toSorted()).toEqual(["adminToken", "key", "tenant", "url"]);
  expect(await statusOf(`${first.said.url}/v1/usage`, first.said.key)).toBe(200);
  expect(await statusOf(`${first.said.url}/admin/v1/tenants`, first.said.adminToken)).toBe(200);
  await expectManaged(stateDir);
  expect(await first.end()).toBe(0);

  const second = await startJson(stateDir);
  expect({ ...second.said, url: "" }).toEqual({ ...first.said, url: "" });
  expect(await second.end()).toBe(0);
  expect(serviceProcesses(stateDir)).toEqual([]);
});

test("the line that npm start prints works when it is pasted", async () => {
  const started = command("scripts/start.ts", [], { STATE_DIR: newFolder(), PORT: "0" });
  let printed = "";
  started.stdout.on("data", (piece: Buffer) => (printed += piece.toString()));
  const curl = /^ {2}(curl (?:.*\\\n)*.*)$/m;
  await vi.waitFor(() => expect(printed).toMatch(curl), 60_000);

  const pasted = spawn("sh", ["-c", curl.exec(printed)?.[1] ?? ""], { cwd: root });
  const [problem, [code]] = await Promise.all([text(pasted.stderr), once(pasted, "close")]);
  expect({ code, problem }).toEqual({ code: 0, problem: "" });
  const rendition = await sharp(join(root, "out/sample-800.webp")).metadata();
  expect(rendition).toMatchObject({ format: "webp", width: 800, height: 600 });

  started.kill("SIGINT");
  expect(await once(started, "close")).toEqual([0, null]);
});

test("the demo renders what it can, says what it cannot, and leaves nothing running", async () => {
  const folder = newFolder();
  const picture = join(folder, "view.jpg");
  writeFileSync(picture, sceneJpeg({ width: 800, height: 600, seed: 7, quality: 85 }));
  const words = join(folder, "words.jpg");
  writeFileSync(words, "not a picture");
  const missing = join(folder, "missing.jpg");
  const out = join(folder, "out");

  const demo = command("scripts/demo.ts", [words, missing, picture, "--out", out]);
  const [results, progress, [code]] = await Promise.all([
    text(demo.stdout),
    text(demo.stderr),
    once(demo, "close"),
  ]);
  expect(code, progress).toBe(1);
  expect(progress).toContain(`${words}: This format is not supported`);
  expect(progress).toContain(`${missing}: cannot be read (ENOENT)`);

  expect(readdirSync(out).toSorted()).toEqual([
    "view-1600.webp",
    "view-800.jpg",
    "view-square-320.webp",
    "view-thumb-96.png",
  ]);
  const sizes = readdirSync(out).map(async (file) => {
    const { width, height } = await sharp(readFileSync(join(out, file))).metadata();
    return `${file} ${width}x${height}`;
  });
  expect(await Promise.all(sizes)).toContain("view-square-320.webp 320x320");
  expect(results).toMatch(/usage +1 jobs done · 0 failed · 4 renditions/);
  expect(results).toMatch(/bill +4 × rendition = \$0\.\d{6}/);
});

test("a demo that is interrupted leaves neither processes nor its state behind", async () => {
  const temporary = newFolder();
  const demo = command("scripts/demo.ts", ["--out", newFolder()], { TMPDIR: temporary });
  await vi.waitFor(() => expect(stateDirs(temporary)).toHaveLength(1), 30_000);
  const [stateDir = ""] = stateDirs(temporary);
  await vi.waitFor(() => expect(serviceProcesses(stateDir).length).toBeGreaterThan(1), 30_000);
  // A terminal's Ctrl-C comes twice: to the whole group, and once more through npm.
  demo.kill("SIGINT");
  demo.kill("SIGINT");
  expect(await once(demo, "close")).toEqual([130, null]);
  await vi.waitFor(() => expect(serviceProcesses(stateDir)).toEqual([]), 10_000);
  expect(existsSync(stateDir)).toBe(false);
});

interface Said {
  readonly url: string;
  readonly key: string;
  readonly tenant: string;
  readonly adminToken: string;
}

/** Starts the service and reads the one line that `--json` promises. */
async function startJson(stateDir: string): Promise<{ said: Said; end: () => Promise<number> }> {
  const child = command("scripts/start.ts", ["--json"], { STATE_DIR: stateDir, PORT: "0" });
  let printed = "";
  child.stdout.on("data", (piece: Buffer) => (printed += piece.toString()));
  await vi.waitFor(() => expect(printed).toContain("\n"), 60_000);
  return {
    said: JSON.parse(printed) as Said,
    async end() {
      child.kill("SIGTERM");
      const [code] = (await once(child, "close")) as [number];
      expect(printed.trim().split("\n")).toHaveLength(1);
      return code;
    },
  };
}

function command(script: string, parameters: string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [join(root, script), ...parameters], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
}

async function statusOf(url: string, token: string): Promise<number> {
  return (await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).status;
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "minilab-test-"));
}

function stateDirs(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("minilab-"))
    .map((name) => join(folder, name));
}

/** What an operator does with `npm run admin` on the service that runs there. */
async function expectManaged(stateDir: string): Promise<void> {
  const admin = async (...words: string[]) => {
    const running = command("scripts/admin/admin.ts", words, { STATE_DIR: stateDir });
    const [said, problem, [code]] = await Promise.all([
      text(running.stdout),
      text(running.stderr),
      once(running, "close"),
    ]);
    return { said, problem, code: code as number };
  };
  const created = await admin("tenants", "create", "Shop", "--plan", "pro", "--json");
  expect(created.problem).toBe("");
  const { id } = JSON.parse(created.said) as { id: string };
  const changed = await admin("tenants", "change", id, "--limits", '{"burst": 9}', "--json");
  expect(JSON.parse(changed.said)).toMatchObject({ plan: "pro", limits: { burst: 9 } });
  const key = await admin("keys", "create", id, "--name", "web", "--scopes", "jobs:read", "--json");
  expect(JSON.parse(key.said)).toMatchObject({ name: "web", scopes: ["jobs:read"] });
  expect((await admin("tenants", "list")).said).toMatch(new RegExp(`${id} +Shop +pro +active`));
  expect((await admin("audit", "list", "--limit", "1")).said).toMatch(/bootstrap +operator.create/);
  expect(await admin("tenants", "show")).toMatchObject({
    code: 1,
    problem: "npm run admin -- tenants show <tenant> [--json]\n\none tenant with its limits\n",
  });
  const refused = await admin("tenants", "show", "tnt_none");
  expect(refused).toMatchObject({ code: 1, said: "" });
  expect(refused.problem).toMatch(/^Not found|There is nothing here/);
}
