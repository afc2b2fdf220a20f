// What the scripts of this folder share: where the project is, running its tools, installing and building what is missing.
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = resolve(fileURLToPath(import.meta.url), '../..');

/** Runs a program with our terminal; answers its exit status. */
export function run(command, args, options = {}) {
  const {status, error} = spawnSync(command, args, {cwd: root, stdio: 'inherit', ...options});
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  return status ?? 1;
}

export const runNode = (args, options) => run(process.execPath, args, options);

/** node_modules as the lock file says; ends the process when that fails. Nothing is run from the packages. */
export function installIfMissing() {
  const installed = `${root}/node_modules/.package-lock.json`;
  const isThere = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs;
  if (isThere || (existsSync(installed) && hasAllPackages())) return;
  console.log('Installing the packages of package-lock.json ...');
  const status = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status !== 0) process.exit(status);
}

/** A checkout touches package-lock.json without changing what it asks for. */
function hasAllPackages() {
  const {packages} = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8'));
  return Object.entries(packages).every(([path, {version, optional}]) => {
    if (path === '' || optional === true) return true;
    const file = `${root}/${path}/package.json`;
    return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version === version;
  });
}

export function buildIfStale() {
  const status = runNode(['scripts/build.mjs']);
  if (status !== 0) process.exit(status);
}
