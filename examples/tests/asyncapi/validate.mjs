// Reads documents of AsyncAPI with the parser of AsyncAPI itself: `node validate.mjs FILE…`. Each
// document must be valid, without a diagnostic of the severity "error" or "warning".

import { readFile } from "node:fs/promises";
import process from "node:process";

import { DiagnosticSeverity, Parser } from "@asyncapi/parser";

// Recommendations about the organisation that publishes a document. It is not levante that knows them.
const ABOUT_THE_PUBLISHER = [
  "asyncapi-info-contact",
  "asyncapi-info-contact-properties",
  "asyncapi-info-description",
  "asyncapi-info-license",
  "asyncapi-info-license-url",
];

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("no files");
  process.exitCode = 1;
}
for (const file of files) {
  const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
  const faults = diagnostics.filter(
    ({ code, severity }) =>
      severity <= DiagnosticSeverity.Warning && !ABOUT_THE_PUBLISHER.includes(code),
  );
  // One mistake is reported at each place that refers to it.
  for (const { code, message, path } of faults.slice(0, 20)) {
    console.error(`${file}: ${code}: ${message} (${path.join(".")})`);
  }
  if (faults.length > 0 || document === undefined) {
    process.exitCode = 1;
    continue;
  }
  const operations = document.operations().all();
  if (operations.length === 0) {
    console.error(`${file}: no operations`);
    process.exitCode = 1;
  }
}
if (!process.exitCode) console.log("passed");
