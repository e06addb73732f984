// `npm run api`: does the public API still say what `api/*.api.md` says? One report per subpath in package.json's `exports`,
// written by API Extractor from the compiled declarations. A changed report in a commit is how a reviewer sees that
// users will notice; `npm run api:update` accepts the change. A subpath that ends in `/internal` promises nothing and has no report.

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor"
import { ensureBuilt, root } from "./bootstrap.mjs"

const isUpdate = process.argv.includes("--update")
const reportFolder = join(root, "api")
const temporaryFolder = join(root, ".build", "api")

if (isUpdate) ensureBuilt()
mkdirSync(reportFolder, { recursive: true })

const subpaths = publicSubpaths()
const problems = [...subpaths.flatMap(([name, declarations]) => compare(name, declarations)), ...leftovers(subpaths)]
for (const problem of problems) process.stderr.write(`${problem}\n`)
if (problems.length > 0) process.stderr.write("If every change is meant, run `npm run api:update` and commit the reports in api/.\n")
process.exitCode = problems.length === 0 ? 0 : 1

/** Name and declaration file of each subpath that promises something. Subpaths that are two names of one file have one report. */
function publicSubpaths() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const promised = Object.entries(exports).filter(([subpath]) => !subpath.endsWith("/internal"))
  const files = new Set(promised.flatMap(([, { types }]) => types ?? []))
  return [...files].map((file) => [file.split("/")[2], join(root, file)])
}

/** Writes the current report beside the accepted one (over it, when updating). Returns what differs, in words. */
function compare(name, declarations) {
  if (!existsSync(declarations)) return [`${name}: dist has no ${name}/index.d.ts. Does src/${name}/index.ts exist and compile?`]
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: declarations,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: { target: "ES2023", lib: ["ES2023"], module: "NodeNext", strict: true, types: ["node"], skipLibCheck: true },
          files: [declarations],
        },
      },
      apiReport: { enabled: true, reportFileName: `${name}.api.md`, reportFolder, reportTempFolder: temporaryFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          // Stability is said once, by the version number, not on each export.
          "ae-missing-release-tag": { logLevel: ExtractorLogLevel.None },
          // A layer's signatures name types of the layers below; those have their own entry point and report.
          "ae-forgotten-export": { logLevel: ExtractorLogLevel.None },
          // A doc comment may link to what is not exported; the reader of the source follows it all the same.
          "ae-unresolved-link": { logLevel: ExtractorLogLevel.None },
          // Prints "(undocumented)" in the report, which is where it gets seen.
          "ae-undocumented": { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
  const said = []
  const result = Extractor.invoke(config, {
    localBuild: isUpdate,
    printApiReportDiff: !isUpdate,
    messageCallback(message) {
      message.handled = true
      // That a report differs is said below, in our words; what differs is worth showing.
      if (message.messageId === "console-api-report-not-copied" || message.messageId === "console-api-report-copied") return
      if (message.logLevel === ExtractorLogLevel.Error || message.logLevel === ExtractorLogLevel.Warning)
        said.push(`${name}: ${message.text}`)
    },
  })
  return result.succeeded || isUpdate ? said : [...said, `${name}: the report in api/${name}.api.md is not up to date`]
}

/** A report whose subpath is gone tells a lie: removed when updating, a problem otherwise. */
function leftovers(subpaths) {
  const wanted = new Set(subpaths.map(([name]) => `${name}.api.md`))
  const extra = readdirSync(reportFolder).filter((file) => file.endsWith(".api.md") && !wanted.has(file))
  if (!isUpdate) return extra.map((file) => `api/${file} describes no public subpath`)
  for (const file of extra) rmSync(join(reportFolder, file))
  return []
}
