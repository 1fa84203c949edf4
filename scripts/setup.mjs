// Installs what package-lock.json asks for, when it is not there yet. Every `npm run` command of this
// project runs it first, so it must work on a bare machine: plain JavaScript, no dependencies.
// It writes to stderr alone: stdout belongs to the command that follows.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const oldestNode = 20;
const root = fileURLToPath(new URL("..", import.meta.url));

await setUp();

async function setUp() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < oldestNode) {
    fail(`Minilab needs Node ${oldestNode} or newer to set itself up; this is ${process.version}.`);
    return;
  }
  if (isInstalled()) return;
  const started = Date.now();
  say("Installing dependencies into node_modules (about 20 s, once) …");
  const code = await install();
  if (code === 0) say(`Dependencies installed in ${seconds(started)} s.`);
  else
    fail(
      `npm ci failed (exit code ${code}); its error is above. Fix it and run this command again.`,
    );
}

/**
 * When npm has finished, it records what it installed in node_modules/.package-lock.json. Comparing
 * that with the lock file is right after a `git pull`, an interrupted install and a restored cache, where
 * comparing dates is not.
 */
function isInstalled() {
  const record = `${root}node_modules/.package-lock.json`;
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(
    // Optional packages are builds for other platforms; "" is the project itself.
    ([path, { optional, version }]) =>
      path === "" || optional || installed[path]?.version === version,
  );
}

/** Runs `npm ci` with the npm that called this script, and shows that it is alive. */
function install() {
  const npm = process.env.npm_execpath;
  // The machine's own Node may be older than the one in the lock file: npm's warnings about that are
  // right until the install ends and wrong afterwards, so only errors are let through.
  const words = ["ci", "--loglevel=error", "--no-fund", "--no-audit"];
  const [command, options] = npm ? [process.execPath, [npm, ...words]] : ["npm", words];
  const started = Date.now();
  const ticker = process.stderr.isTTY
    ? setInterval(() => process.stderr.write(`\r  … ${seconds(started)} s `), 1000)
    : undefined;
  return new Promise((resolve) => {
    const child = spawn(command, options, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    child.on("error", (error) => {
      say(error.message);
      resolve(1);
    });
    child.on("exit", (code) => {
      clearInterval(ticker);
      if (ticker) process.stderr.write("\r            \r");
      resolve(code ?? 1);
    });
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exitCode = 1;
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}
