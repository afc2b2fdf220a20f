// `npm run build`: what is in dist/ from what is in src/.
//   dist/NAME.cjs          one bundle per command, loaded by bin/NAME; CommonJS, because its loader starts faster
//   dist/lazy/*.cjs        what a command imports only when it needs it: each `import()` in src/commands is one bundle
//   dist/cli/              posthorn's own commands, with oclif
//   dist/role.cjs          the daemon's processes
//   dist/errors.cjs        the thrown faults, shared by all bundles so that `instanceof` holds across them
//   dist/index.js          the library, with its types in dist/types
// Nothing is done when no source is newer than the last build. `--if-missing` builds only when there is none.
import {spawnSync} from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {basename, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const dist = `${root}/dist`;
const fresh = `${root}/dist.new${process.pid}`;
const stamp = `${dist}/.built`;
const packages = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const ERRORS = `${root}/src/core/base/errors.ts`;

/** Loaded at run time from node_modules; all else is in the bundles. */
const EXTERNAL = ['koffi', '@node-rs/argon2', 'typescript', 'ts-node', 'tsx'];

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  minify: true,
  keepNames: false,
  legalComments: 'none',
  logLevel: 'silent',
  charset: 'ascii',
  external: EXTERNAL,
  define: {POSTHORN_VERSION: JSON.stringify(packages.version), 'import.meta.url': '__bundle_url'},
  banner: {js: '"use strict";var __bundle_url=require("url").pathToFileURL(__filename).href;'},
  supported: {'dynamic-import': false}, // becomes require(): the ES module loader costs a quarter of Node's start
};

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, {withFileTypes: true, recursive: true}))
    if (entry.isFile()) newest = Math.max(newest, statSync(`${entry.parentPath ?? entry.path}/${entry.name}`).mtimeMs);
  return newest;
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  if (process.argv.includes('--if-missing')) return true;
  const built = statSync(stamp).mtimeMs;
  const inputs = ['package.json', 'package-lock.json', 'scripts/build.mjs'].map(
    name => statSync(`${root}/${name}`).mtimeMs,
  );
  return Math.max(newestSource(`${root}/src`), ...inputs) < built;
}

/** Modules of Node that are slow to load, and not always used after being imported: their functions load them. */
const SLOW_MODULES = ['node:child_process', 'node:crypto', 'node:fs/promises', 'node:net', 'node:timers/promises'];

const onDemand = {
  name: 'on-demand',
  setup(hooks) {
    const filter = new RegExp(`^(?:${SLOW_MODULES.join('|')})$`);
    hooks.onResolve({filter}, ({path, kind, importer}) =>
      kind === 'import-statement' && importer.startsWith(`${root}/src/`)
        ? {path, namespace: 'on-demand', sideEffects: false}
        : {path, external: true},
    );
    hooks.onLoad({filter: /.*/, namespace: 'on-demand'}, async ({path}) => {
      const names = Object.entries(await import(path)).filter(([name]) => name !== 'default');
      return {contents: `let r;const m=()=>r??=require('${path}');${names.map(standIn).join('\n')}`, loader: 'js'};
    });
  },
};

/** Functions become callers; classes and tables become proxies. */
function standIn([name, value]) {
  if (typeof value === 'function' && !/^[A-Z]/.test(name)) return `export const ${name}=(...a)=>m().${name}(...a);`;
  const traps = `construct:(_,a)=>new (m().${name})(...a),get:(_,k)=>m().${name}[k]`;
  return `export const ${name}=/* @__PURE__ */new Proxy(function(){},{${traps}});`;
}

/**
 * The registry of parameters is data, and as data it starts faster than as 800 calls: evaluated here, put in as JSON. What
 * each parameter does is for the man page and stays out.
 */
const registry = {
  name: 'registry',
  setup(hooks) {
    let made;
    hooks.onLoad({filter: /\/src\/core\/config\/parameters\.ts$/}, ({path}) => (made ??= evaluateRegistry(path)));
  },
};

async function evaluateRegistry(path) {
  const {outputFiles} = await build({
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  const exported = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);
  const lines = Object.entries(exported).map(([name, value]) => {
    const json = JSON.stringify(value, (key, inner) => (key === 'text' ? undefined : inner));
    return `export const ${name}=JSON.parse(${JSON.stringify(json)});`;
  });
  return {contents: lines.join('\n'), loader: 'js'};
}

/** The lazy bundles that were asked for and are not yet built: source file -> name. */
const lazy = new Map();

/** `import()` in a command's file leads to another bundle; the fault classes come from the shared one. */
const split = ownEntry => ({
  name: 'split',
  setup(hooks) {
    hooks.onResolve({filter: /^@oclif\/core$/}, () => ({path: `${ownEntry.folder}cli/oclif.cjs`, external: true}));
    hooks.onResolve({filter: /^\.\.?\//}, args => {
      const file = resolve(args.resolveDir, args.path);
      const here = ownEntry.folder;
      if (file === ERRORS && ownEntry.file !== ERRORS) return {path: `${here}errors.cjs`, external: true};
      if (args.kind !== 'dynamic-import' || !args.importer.startsWith(`${root}/src/commands/`)) return undefined;
      const name = relative(`${root}/src`, file).replace(/\.ts$/, '').replaceAll('/', '.');
      if (!lazy.has(file)) lazy.set(file, {name, isBuilt: false});
      return {path: `${here}lazy/${name}.cjs`, external: true};
    });
  },
});

const faults = [];

async function bundle(entry, outfile, folder, file = '') {
  try {
    const {metafile} = await build({
      ...common,
      ...entry,
      outfile,
      metafile: true,
      plugins: [registry, onDemand, split({folder, file})],
    });
    notePackages(metafile);
  } catch (fault) {
    faults.push(`${basename(outfile)}: ${fault.message.split('\n')[1] ?? fault.message}`);
  }
}

/** What our commands use of oclif, in one bundle of its own: loaded once, whichever commands are. */
const OCLIF = `
export {Command} from '@oclif/core/command';
export * as Args from '@oclif/core/args';
export * as Flags from '@oclif/core/flags';
export * as Errors from '@oclif/core/errors';
export {Config} from '@oclif/core/config';
export {flush} from '@oclif/core/flush';
export {run} from '@oclif/core/run';
`;

/** posthorn's own commands: a bundle each, found by oclif through a manifest, so that one is loaded and not all. */
async function buildUmbrella() {
  const cli = `${fresh}/cli`;
  const own = readdirSync(`${root}/src/commands/posthorn`).filter(name =>
    readFileSync(`${root}/src/commands/posthorn/${name}`, 'utf8').includes('extends Command'),
  );
  const names = own.map(name => name.replace('.ts', ''));
  const getters = names.map(name => `get ${name}(){return require('./${name}.cjs').default}`);
  writeFileSync(`${cli}/commands.cjs`, `exports.COMMANDS={${getters.join(',')}};\n`);
  const explicit = {strategy: 'explicit', target: './commands.cjs', identifier: 'COMMANDS'};
  const oclif = {bin: 'posthorn', commands: explicit, topicSeparator: ' ', additionalHelpFlags: ['-h']};
  const {version, description} = packages;
  writeFileSync(
    `${cli}/package.json`,
    JSON.stringify({name: 'posthorn', version, description, type: 'commonjs', oclif}),
  );
  await Promise.all([
    bundle({stdin: {contents: OCLIF, resolveDir: root, sourcefile: 'oclif.mjs'}}, `${cli}/oclif.cjs`, '../', 'oclif'),
    bundle({entryPoints: [`${root}/src/commands/index.ts`]}, `${cli}/all.cjs`, '../'),
    ...names.map(name =>
      bundle({entryPoints: [`${root}/src/commands/posthorn/${name}.ts`]}, `${cli}/${name}.cjs`, '../'),
    ),
  ]);
}

/** Large bundles are run with V8's code cache, which the first process that uses one makes. */
function useCodeCache(file) {
  if (!existsSync(file)) return;
  renameSync(file, file.replace(/cjs$/, 'body.cjs'));
  copyFileSync(`${root}/scripts/cached-loader.cjs`, file);
}

/** What help shows of each command, gathered once. Runs the bundles, so it comes last. */
function writeManifest() {
  const made = spawnSync(process.execPath, ['scripts/manifest.mjs', `${fresh}/cli`], {cwd: root, encoding: 'utf8'});
  if (made.status !== 0)
    faults.push(
      `the manifest of posthorn: ${
        made.stderr
          .trim()
          .split('\n')
          .find(line => /Error/.test(line)) ?? made.stderr
      }`,
    );
}

/** The packages that are in our bundles: their licences go with them. */
const bundled = new Set();

function notePackages({inputs}) {
  for (const file of Object.keys(inputs)) {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [];
    if (folder !== undefined) bundled.add(folder);
  }
}

function writeLicences() {
  const parts = [...bundled].sort().map(folder => {
    const {name, version, license} = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
    const file = readdirSync(`${root}/${folder}`).find(entry => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(`${root}/${folder}/${file}`, 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(
    `${fresh}/LICENSES.txt`,
    `Parts of these packages are in the files of this folder.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`,
  );
}

/** The name under which a file exports its tool: the command's, or a camelCase one. */
function toolEntry(name) {
  const file = `${root}/src/commands/${name}.ts`;
  if (!existsSync(file)) return undefined;
  const exported = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return {
    stdin: {
      contents: `import {runTool} from '../core/base/tool.ts';import {${exported} as tool} from './${name}.ts';void runTool(tool);`,
      resolveDir: `${root}/src/commands`,
      loader: 'ts',
      sourcefile: `${name}-entry.ts`,
    },
  };
}

async function buildCommands() {
  const names = Object.keys(packages.bin);
  const entries = names.map(name => [name, name === 'posthorn' ? umbrella() : toolEntry(name)]);
  await Promise.all([
    bundle({entryPoints: [ERRORS]}, `${fresh}/errors.cjs`, './', ERRORS),
    bundle({entryPoints: [`${root}/src/core/daemon/role-main.ts`]}, `${fresh}/role.cjs`, './'),
    buildUmbrella(),
    ...entries.map(([name, entry]) =>
      entry === undefined ? faults.push(`${name}: no source`) : bundle(entry, `${fresh}/${name}.cjs`, './'),
    ),
  ]);
  for (let todo = unbuilt(); todo.length > 0; todo = unbuilt())
    await Promise.all(
      todo.map(([file, chunk]) => {
        chunk.isBuilt = true;
        return bundle({entryPoints: [file]}, `${fresh}/lazy/${chunk.name}.cjs`, '../');
      }),
    );
}

function umbrella() {
  const file = `${root}/src/commands/posthorn-main.ts`;
  return existsSync(file) ? {entryPoints: [file]} : undefined;
}

function unbuilt() {
  return [...lazy].filter(([, chunk]) => !chunk.isBuilt);
}

async function buildLibrary() {
  const entry = `${root}/src/index.ts`;
  if (!existsSync(entry)) return void faults.push('the library: no source');
  const {supported: _supported, banner: _banner, define, ...rest} = common;
  const banner = {js: 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);'};
  const own = {format: 'esm', banner, define: {POSTHORN_VERSION: define.POSTHORN_VERSION}, minify: false};
  notePackages(
    (await build({...rest, ...own, entryPoints: [entry], outfile: `${fresh}/index.js`, metafile: true})).metafile,
  );
  const arguments_ = ['node_modules/ts7/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', `${fresh}/types`];
  const types = spawnSync(process.execPath, arguments_, {cwd: root, stdio: 'inherit'});
  if (types.status !== 0) faults.push('the types of the library');
  if (!existsSync(`${fresh}/types`)) return;
  for (const name of readdirSync(`${fresh}/types`, {recursive: true}))
    if (String(name).endsWith('.d.ts')) useJsSuffixes(`${fresh}/types/${name}`);
}

/** Declarations are read beside `.js` names, whatever the sources are called. */
function useJsSuffixes(file) {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'));
}

/** The new folder takes the old one's place when it is whole, so that commands work all the while. */
function install() {
  const old = `${dist}.old${process.pid}`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, {recursive: true, force: true});
}

async function main() {
  if (isFresh()) return;
  const begin = new Date();
  for (const name of ['lazy', 'cli']) mkdirSync(`${fresh}/${name}`, {recursive: true});
  try {
    await buildCommands();
    await buildLibrary();
    useCodeCache(`${fresh}/cli/oclif.cjs`);
    for (const name of ['sieve-filter', 'sieve-test', 'sievec']) useCodeCache(`${fresh}/${name}.cjs`);
    writeManifest();
    writeLicences();
    writeFileSync(`${fresh}/.built`, '');
    utimesSync(`${fresh}/.built`, begin, begin);
    if (faults.length > 0) rmSync(`${fresh}/.built`);
    install();
  } finally {
    rmSync(fresh, {recursive: true, force: true});
  }
  for (const fault of faults) console.error(`not built: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
  console.error(`built dist/ in ${((Date.now() - begin.getTime()) / 1000).toFixed(1)} s`);
}

await main();
