// The test files as jobs, each a mocha process with its output printed when it has ended; LANES of them run at a time.
// A job with failures runs once more, alone, when all others have ended, and says so: two mail systems are compared
// under load here, and what fails twice is broken.
import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './run.mjs';

const LANES = 2;

/** The longest, which begin first. */
const LONGEST = [
  'test/peers/smtpd-dialogue.test.ts',
  'test/peers/smtp-client.test.ts',
  'test/system/crash.test.ts',
  'test/system/smtp-crash.test.ts',
  'test/peers/smtpd-restrictions.test.ts',
  'test/peers/bounce.test.ts',
];

export const peerJobs = () => testFiles('test/peers').map(file => [file]);

/** A file of test/system each, one job for each folder of test/core, one for the rest. */
export function unitJobs() {
  const rooms = readdirSync(join(root, 'test/core')).map(room => testFiles(`test/core/${room}`));
  const rest = readdirSync(join(root, 'test')).filter(isTest);
  return [
    ...testFiles('test/system').map(file => [file]),
    ...rooms,
    [...rest.map(name => `test/${name}`), ...testFiles('test/commands')],
  ].filter(files => files.length > 0);
}

/** Counts of all jobs. `rest`: file names restrict the jobs, anything else goes to mocha. */
export async function runJobs(jobs, rest) {
  const named = rest.filter(isTest);
  const options = rest.filter(word => !isTest(word));
  const waiting = (named.length > 0 ? named.map(file => [file]) : jobs).sort((a, b) => rank(a) - rank(b));
  const results = [];
  const lane = async () => {
    for (let files = waiting.shift(); files !== undefined; files = waiting.shift())
      results.push(await runMocha(files, options));
  };
  await Promise.all(Array.from({length: LANES}, lane));
  for (const [at, {files, failed}] of results.entries())
    if (failed > 0) {
      console.log(`AGAIN: ${failed} failed in ${files.length === 1 ? files[0] : `${files[0]} ...`}; once more, alone`);
      results[at] = await runMocha(files, options);
    }
  const sum = name => results.reduce((total, result) => total + result[name], 0);
  return {passed: sum('passed'), failed: sum('failed')};
}

const isTest = word => word.endsWith('.test.ts');

function rank(files) {
  const at = LONGEST.indexOf(files[0]);
  return at < 0 ? LONGEST.length : at;
}

function testFiles(folder) {
  return readdirSync(join(root, folder), {recursive: true})
    .filter(isTest)
    .map(name => `${folder}/${name}`)
    .sort();
}

/** Mocha's report, and its counts read from the lines `N passing`, `N failing`. */
async function runMocha(files, options) {
  const flags = ['--import=tsx', '--ui', 'tdd', '--exit', '--forbid-only', '--no-color', '--timeout', '120000'];
  const child = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...flags, ...options, ...files], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: testEnvironment(),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
  const status = await new Promise(resolve => child.once('close', resolve));
  process.stdout.write(output);
  const number = word => Number([...output.matchAll(new RegExp(`^ +(\\d+) ${word}`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = number('failing');
  return {files, passed: number('passing'), failed: status !== 0 && failed === 0 ? 1 : failed};
}

/** Tests see no instance of the person who runs them. */
function testEnvironment() {
  const {POSTHORN_HOME: _home, MAIL_CONFIG: _config, ...environment} = process.env;
  return environment;
}
