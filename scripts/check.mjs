// `npm run check`: types, lint, format, dead code. Prints what each finds; the exit status is 1 when one finds something.
import {existsSync} from 'node:fs';
import {runNode} from './run.mjs';

const checks = [
  ['types', ['node_modules/ts7/bin/tsc', '-p', '.']],
  ['lint', ['node_modules/eslint/bin/eslint.js', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '.']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '--cache', '.']],
  ['dead code', ['scripts/dead-code.mjs']],
];

let failures = 0;
for (const [name, args] of checks) {
  if (!existsSync(args[0])) throw new Error(`${args[0]} is missing: npm ci`);
  const status = runNode(args);
  if (status !== 0) {
    failures++;
    console.log(`check failed: ${name}`);
  }
}
process.exitCode = failures === 0 ? 0 : 1;
