// `npm test`: installs and builds what is missing, checks the code (types, lint, format, dead code), runs the tests.
// `npm run test:peers` (argument `peers`): the tests against the original programs, which it installs from Debian's
// packages when it may (root, apt-get); where it may not, those tests say so and are skipped. `all` is both.
// The tests run in a few processes side by side (test-jobs.mjs). The last line is `N passed, N failed`; a failed check
// counts as one. Further arguments are files, or options for mocha.
import {existsSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {buildIfStale, installIfMissing, run, runNode} from './run.mjs';
import {peerJobs, runJobs, unitJobs} from './test-jobs.mjs';

const [what] = process.argv.slice(2).filter(word => ['peers', 'all'].includes(word));
const rest = process.argv.slice(what === undefined ? 2 : 3);

installIfMissing();
buildIfStale();
if (what !== undefined) installPeers();
const isChecked = what === 'peers' || runNode(['scripts/check.mjs']) === 0;
const jobs = [...(what === undefined ? [] : peerJobs()), ...(what === 'peers' ? [] : unitJobs())];
const {passed, failed} = await runJobs(jobs, rest);
const total = {passed: passed + (isChecked && what !== 'peers' ? 1 : 0), failed: failed + (isChecked ? 0 : 1)};
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

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
