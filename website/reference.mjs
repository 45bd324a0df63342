// Makes the reference of the documentation site: a page for each entry of the package, of its public types and their
// comments. A type that the public ones mention and that no entry exports, a link that leads nowhere, and an export or a
// member without a comment are errors.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Application, Converter, ReflectionKind } from "typedoc";
import { undocumentedProperties } from "./undocumented.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const { name: packageName, exports } = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));

/** The source of each entry that has types, by the name that apps import. */
const names = new Map(
  Object.entries(exports)
    .filter(([entry, { types }]) => types !== undefined && !entry.endsWith(".js"))
    .map(([entry, { types }]) => [
      types.replace(/^\.\/dist\/types/, "src").replace(/\.d\.ts$/, ".ts"),
      packageName + entry.slice(1),
    ]),
);

/**
 * It has the interface that the value `BackgroundSession` hides: the entry exports both under one name. What else is in it,
 * the entry exports too.
 */
const SESSION = "src/app/background-session.ts";

const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: [...names.keys(), SESSION].map((source) => ROOT + source),
  tsconfig: `${ROOT}website/tsconfig.json`,
  // Page and worker have types of their own; the compiler of the project checks each with its own.
  skipErrorChecking: true,
  basePath: `${ROOT}src`,
  out: `${ROOT}website/reference`,
  readme: "none",
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  githubPages: false,
  router: "member",
  indexFormat: "table",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: true,
  // Lists that types are made of, parts that only startDaemon() looks into, and what others call.
  intentionallyNotExported: [
    ...["ERROR_CODES", "TRANSPORT_REASONS", "SAME_CAUSES", "AppFault", "Question", "TrustedScriptURL"],
    ...["Destinations", "IntegrityCheck", "RequestRecord", "Step"],
  ],
  logLevel: "Warn",
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  // Properties have rules of their own: undocumented.mjs.
  requiredToBeDocumented: [
    ...["Class", "Function", "Interface", "TypeAlias", "Variable", "Constructor", "Method", "Accessor"],
  ],
});

app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  const modules = project.getChildrenByKind(ReflectionKind.Module);
  const moduleOf = (source) =>
    modules.find(({ name }) => [`src/${name}.ts`, `src/${name}/index.ts`].includes(source));
  const page = moduleOf("src/app/index.ts");
  const session = moduleOf(SESSION);
  for (const described of [...session.children]) {
    const alias = page.children.find(
      ({ name, kind }) => name === described.name && kind !== ReflectionKind.Variable,
    );
    project.removeReflection(alias);
    session.removeChild(described);
    described.parent = page;
    page.addChild(described);
  }
  project.removeReflection(session);
  for (const [source, name] of names) moduleOf(source).name = name;
});

const project = await app.convert();
if (project === undefined) process.exit(1);
// A type of ours that no entry exports has no page: what is inherited from it, the heir has.
const isHidden = (type) => type?.package === packageName && type.reflection === undefined;
for (const one of Object.values(project.reflections)) {
  if (isHidden(one.inheritedFrom)) delete one.inheritedFrom;
  if (one.extendedTypes?.every(isHidden)) delete one.typeHierarchy;
  const tag = one.comment?.getTag("@default");
  if (tag !== undefined) tag.content = tag.content.map(defaultAsWritten);
}
app.validate(project);
for (const name of undocumentedProperties(project))
  app.logger.error(`${name} does not have any documentation`);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

/** Most defaults are words: only a value is code. */
function defaultAsWritten(part) {
  const [, written] = /^```ts\n(.*)\n```$/s.exec(part.text) ?? [];
  if (written === undefined) return part;
  const isValue = /^(?:"[^"]*"|\[\]|\{.*\}|[\d.,]+|true|false)$/.test(written);
  return isValue ? { kind: "code", text: `\`${written}\`` } : { kind: "text", text: written };
}
