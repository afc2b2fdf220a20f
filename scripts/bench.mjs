// `npm run bench [-- NAME...]`: builds what is stale, then runs the benchmarks of bench/ one after another.
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = args => spawnSync(process.execPath, args, {cwd: root, stdio: 'inherit'}).status ?? 1;
const wanted = process.argv.slice(2);
const all = readdirSync(new URL('../bench', import.meta.url))
  .filter(name => name.endsWith('.bench.ts'))
  .map(name => name.replace('.bench.ts', ''));

process.exitCode = run(['scripts/build.mjs']);
for (const name of all)
  if (process.exitCode === 0 && (wanted.length === 0 || wanted.includes(name)))
    process.exitCode = run(['--import=tsx', `bench/${name}.bench.ts`]);
