// TypeScript compiles the client of the chat with code that uses it, and refuses each misuse:
//
//     node types.mjs <the client, in TypeScript> <in JavaScript> <other clients, in TypeScript> …

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import ts from "../browser/node_modules/typescript/lib/typescript.js";

const [typescript, javascript, ...others] = process.argv.slice(2);

/** All checks that a page may have switched on. */
const STRICT = {
  strict: true,
  allowUnreachableCode: false,
  erasableSyntaxOnly: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  noFallthroughCasesInSwitch: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
};
const OPTIONS = {
  ...STRICT,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  types: [],
};

/** What the compiler says of files. Those of this folder import the client as if it were beside them. */
function diagnostics(files, lib) {
  const options = { ...OPTIONS, lib: lib.map((name) => `lib.${name}.d.ts`) };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (names) =>
    names.map(() => ({ resolvedModule: { resolvedFileName: typescript, extension: ".ts" } }));
  const program = ts.createProgram(files, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, code, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line : 0;
    return { file: file?.fileName, line, code: `TS${code}`, text: ts.flattenDiagnosticMessageText(messageText, "\n") };
  });
}

const here = (name) => new URL(name, import.meta.url).pathname;

// The clients by themselves, where there is neither a browser nor Node.js, and in a page.
assert.deepEqual(diagnostics([typescript, ...others], ["es2022"]), []);
assert.deepEqual(diagnostics([here("usage.ts"), ...others], ["es2022", "dom"]), []);

// The misuses.
const lines = readFileSync(here("misuses.ts"), "utf8").split("\n");
const expected = lines.flatMap((line, index) => {
  const [, code, what] = line.match(/^\/\/ (TS\d+): (.*)$/) ?? [];
  return code ? [{ line: index + 1, code, what }] : [];
});
assert(expected.length >= 20, "the misuses are not read");
const found = diagnostics([here("misuses.ts")], ["es2022", "dom"]);
for (const { line, code, what } of expected) {
  const there = found.filter((diagnostic) => diagnostic.line === line);
  assert.deepEqual(there.map((diagnostic) => diagnostic.code), [code], `${what}: ${lines[line]}`);
}
assert.equal(found.length, expected.length, JSON.stringify(found));

// The client in JavaScript is the same without the types.
const plain = (path) =>
  ts.transpileModule(readFileSync(path, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, removeComments: true },
  }).outputText;
assert.equal(plain(javascript), plain(typescript));

console.log("passed");
