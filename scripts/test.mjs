// `npm test`: installs and builds what is missing, checks the code (types, lint, format, dead code), runs the tests.
// `npm run test:peers` (argument `peers`): the tests against the original programs, which it installs from Debian's
// packages when it may (root, apt-get); where it may not, those tests say so and are skipped.
// The last line is `N passed, N failed`; a failed check counts as one. Further arguments go to mocha.
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, writeFileSync} from 'node:fs';
import {buildIfStale, installIfMissing, root, run, runNode} from './run.mjs';

const isPeers = process.argv[2] === 'peers';
const rest = process.argv.slice(isPeers ? 3 : 2);

let passed = 0;
let failed = 0;

installIfMissing();
buildIfStale();
if (isPeers) installPeers();
else count(runNode(['scripts/check.mjs']) === 0);
await runMocha(isPeers ? ['test/peers/**/*.test.ts'] : ['test/*.test.ts', 'test/{commands,core,system}/**/*.test.ts']);
console.log(`${passed} passed, ${failed} failed`);
if (process.env.POSTHORN_TEST_COUNTS !== undefined)
  writeFileSync(process.env.POSTHORN_TEST_COUNTS, JSON.stringify({passed, failed}));
process.exitCode = failed === 0 ? 0 : 1;

function count(isGood) {
  if (isGood) passed++;
  else failed++;
}

/** Mocha's own report, and its counts read from the lines `N passing`, `N failing`. */
async function runMocha(patterns) {
  const args = [
    'node_modules/mocha/bin/mocha.js',
    '--import=tsx',
    '--ui',
    'tdd',
    '--exit',
    '--forbid-only',
    '--timeout',
    '20000',
    ...rest,
    ...patterns,
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: testEnvironment(),
  });
  let tail = '';
  for await (const chunk of child.stdout) {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-1_000_000);
  }
  const status = child.exitCode ?? (await new Promise(resolve => child.once('exit', resolve)));
  const number = word => Number([...tail.matchAll(new RegExp(`^ +(\\d+) ${word}`, 'gm'))].at(-1)?.[1] ?? 0);
  passed += number('passing');
  failed += number('failing');
  if (status !== 0 && number('failing') === 0) failed++; // mocha itself failed
}

/** Tests see no instance of the person who runs them. */
function testEnvironment() {
  const {POSTHORN_HOME: _home, MAIL_CONFIG: _config, ...environment} = process.env;
  return environment;
}

/** The originals, where they are missing and can be had. They are not set up, and nothing of them is started. */
function installPeers() {
  const missing = [
    'postfix',
    'postfix-pcre',
    'db-util',
    'procps',
    'pflogsumm',
    'dovecot-core',
    'dovecot-imapd',
    'dovecot-pop3d',
    'dovecot-lmtpd',
    'dovecot-sieve',
    'dovecot-managesieved',
    'procmail',
    'isync',
    'fetchmail',
    'getmail6',
    'mutt',
    'openssl',
    'swaks',
    'libnet-ssleay-perl',
    'msmtp',
    'curl',
    'python3',
  ].filter(
    name =>
      spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], {encoding: 'utf8'}).stdout !== 'install ok installed',
  );
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.log(`SKIPPED: ${missing.join(', ')} can't be installed here (needs root and Debian's apt-get)`);
    return;
  }
  const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1'};
  const install = () =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  if (install() === 0) return;
  run('apt-get', ['update', '-qq'], {env});
  if (install() !== 0) console.log(`SKIPPED: ${missing.join(', ')} could not be installed`);
}
