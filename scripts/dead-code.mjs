// Finds files that nothing reaches and exports that nobody imports. Reached is what src/index.ts, the commands, the
// daemon's processes, the tests and the benchmarks import. Types may be exported freely: they name what functions take.
import {readFileSync, readdirSync} from 'node:fs';
import {dirname, relative, resolve} from 'node:path';
import ts from 'typescript';
import {root} from './run.mjs';

/** Files that are begun from outside. */
const ENTRIES = [
  /^src\/index\.ts$/,
  /^src\/commands\/[^/]+\.ts$/,
  /^src\/core\/daemon\/role-main\.ts$/,
  /^test\/.*\.test\.ts$/,
  /^bench\/.*\.bench\.ts$/,
  /^scripts\/write-man\.ts$/,
];
/** Exports that another program calls (the build names them), and tables that are as long as the truth. */
const NAMED_ELSEWHERE = [
  /^src\/core\/base\/exit-status\.ts$/,
  /^src\/index\.ts$/,
  /^src\/commands\/[^/]+\.ts$/,
  /^src\/commands\/posthorn\/[^/]+\.ts default$/,
];

const files = ['src', 'test', 'bench', 'scripts'].flatMap(folder =>
  readdirSync(`${root}/${folder}`, {recursive: true})
    .map(name => `${folder}/${name}`)
    .filter(name => name.endsWith('.ts')),
);

/** file -> {imports: Map(file -> Set(names) or '*'), exports: Set(names)} */
const modules = new Map(files.map(file => [file, readModule(file)]));

function readModule(file) {
  const source = ts.createSourceFile(file, readFileSync(`${root}/${file}`, 'utf8'), ts.ScriptTarget.Latest, true);
  const imports = new Map();
  const exports = new Set();
  const use = (specifier, names) => {
    if (!specifier.startsWith('.')) return;
    const target = relative(root, resolve(root, dirname(file), specifier));
    imports.set(target, new Set([...(imports.get(target) ?? []), ...names]));
  };
  const visit = node => {
    if (ts.isImportDeclaration(node)) use(node.moduleSpecifier.text, namesOf(node.importClause));
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      use(node.moduleSpecifier.text, node.exportClause?.elements?.map(e => (e.propertyName ?? e.name).text) ?? ['*']);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      use(node.argument.literal.text, [node.qualifier?.getText() ?? '*']);
    if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      ts.isStringLiteral(node.arguments[0])
    )
      use(node.arguments[0].text, ['*']);
    for (const name of exportedNames(node)) exports.add(name);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return {imports, exports};
}

function namesOf(clause) {
  if (clause === undefined) return [];
  const names = clause.name === undefined ? [] : ['default'];
  const bindings = clause.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) return [...names, '*'];
  return [...names, ...bindings.elements.map(element => (element.propertyName ?? element.name).text)];
}

function exportedNames(node) {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  if (ts.isExportDeclaration(node)) return node.exportClause?.elements?.map(element => element.name.text) ?? [];
  if (!modifiers.some(modifier => modifier.kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (modifiers.some(modifier => modifier.kind === ts.SyntaxKind.DefaultKeyword)) return ['default'];
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(d => d.name.getText());
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return []; // they name what a function takes
  return node.name === undefined ? [] : [node.name.text];
}

const reached = new Set();
const todo = files.filter(file => ENTRIES.some(entry => entry.test(file)));
while (todo.length > 0) {
  const file = todo.pop();
  if (reached.has(file)) continue;
  reached.add(file);
  todo.push(...(modules.get(file)?.imports.keys() ?? []));
}

const used = new Map();
for (const {imports} of modules.values())
  for (const [file, names] of imports) used.set(file, new Set([...(used.get(file) ?? []), ...names]));

const findings = [];
for (const [file, {exports}] of modules) {
  if (!reached.has(file)) findings.push(`${file}: nothing imports it`);
  for (const name of exports) {
    if (NAMED_ELSEWHERE.some(pattern => pattern.test(file) || pattern.test(`${file} ${name}`))) continue;
    const names = used.get(file);
    if (names?.has(name) !== true && names?.has('*') !== true)
      findings.push(`${file}: ${name} is exported and not imported`);
  }
}
for (const finding of findings.sort()) console.log(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
