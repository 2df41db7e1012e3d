// Runs the Autobahn fuzzing client against the echo example, as `run` says.
//
//     node judge.mjs <echo> [--update] [--record FOLDER] [--server ENVIRONMENT]... [quick | all | CASE...]

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";

import { ALL, QUICK } from "./cases.mjs";
import { record } from "./record.mjs";
import { compare, expectation, table, verdicts } from "./verdicts.mjs";

/** The servers to judge, each as the environment of the echo example. */
const SERVERS = ["DRIVER=takeover", "DRIVER=body", "DRIVER=takeover COMPRESSION=dedicated"];

/** How long one server may take, in milliseconds. */
const PATIENCE = 60 * 60 * 1000;

const EXPECTED = join(import.meta.dirname, "expected.json");
/** The child processes, which must end with this process. */
const children = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => end(1));

const options = parse(process.argv.slice(2));
const expected = JSON.parse(readFileSync(EXPECTED, "utf8"));
let failed = false;
for (const server of options.servers) {
  const seen = verdicts(await judge(server));
  console.log(`\n${server}\n${table(seen)}`);
  if (options.update) {
    expected[server] = expectation(seen, expected[server]);
    continue;
  }
  const { worse, better } = compare(seen, expected[server]);
  for (const line of [...worse, ...better]) console.log(line);
  if (better.length > 0) console.log("better than expected: --update takes it for what is expected");
  failed ||= worse.length > 0;
}
if (options.update) writeFileSync(EXPECTED, `${JSON.stringify(expected, null, 2)}\n`);
console.log(failed ? "\nconformance: worse than expected" : "\nconformance: as expected");
process.exitCode = failed ? 1 : 0;

function parse([echo, ...words]) {
  const options = { echo, servers: [], cases: [], update: false };
  while (words.length > 0) {
    const word = words.shift();
    if (word === "--update") options.update = true;
    else if (word === "--record") options.record = words.shift();
    else if (word === "--server") options.servers.push(words.shift());
    else if (word === "quick") options.cases.push(...QUICK);
    else if (word === "all") options.cases.push(...ALL);
    else if (/^\d+(\.(\d+|\*))*$/.test(word)) options.cases.push(word);
    else throw new Error(`what is ${word}? See run --help`);
  }
  if (options.servers.length === 0) options.servers = SERVERS;
  if (options.cases.length === 0) options.cases = QUICK;
  return options;
}

/** Returns the suite's report on a server, by case. */
async function judge(server) {
  const folder = join(process.env.CONFORMANCE_DIR, server.replaceAll(/[^A-Za-z=]+/g, "-"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const environment = Object.fromEntries(server.split(" ").map((pair) => pair.split("=")));
  const echo = start(options.echo, [], {
    env: { ...process.env, ...environment, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = await firstLine(echo);
    if (options.record) {
      const relay = await record(url, join(options.record, basename(folder)));
      await fuzz(relay.url, folder).finally(relay.end);
    } else {
      await fuzz(url, folder);
    }
    return complete(folder);
  } finally {
    echo.kill();
  }
}

function start(program, words, options) {
  const child = spawn(program, words, options);
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

function end(code) {
  for (const child of children) child.kill();
  process.exit(code);
}

async function firstLine(child) {
  const failure = once(child, "exit").then(([code]) => {
    throw new Error(`the echo ended with ${code}`);
  });
  // After the first line, no code handles this promise.
  failure.catch(() => {});
  const line = once(createInterface({ input: child.stdout }), "line");
  return (await Promise.race([line, failure]))[0];
}

async function fuzz(url, folder) {
  const specification = join(folder, "specification.json");
  const servers = [{ agent: "levante", url }];
  writeFileSync(specification, JSON.stringify({ outdir: folder, servers, cases: options.cases }));
  const log = createWriteStream(join(folder, "wstest.log"));
  await once(log, "open");
  const suite = start(join(import.meta.dirname, "wstest"), [specification], {
    stdio: ["ignore", log, log],
    timeout: PATIENCE,
  });
  const [code, signal] = await once(suite, "exit");
  if (code !== 0) throw new Error(`wstest ended with ${code ?? signal}, see ${log.path}`);
}

/** Returns the report. Fails if it lacks any of the announced cases. */
function complete(folder) {
  const log = join(folder, "wstest.log");
  const announced = /will run (\d+) test cases/.exec(readFileSync(log, "utf8"))?.[1];
  const cases = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")).levante ?? {};
  const count = Object.keys(cases).length;
  if (count === 0 || count !== Number(announced)) {
    throw new Error(`the report has ${count} of ${announced} cases, see ${log}`);
  }
  return cases;
}
