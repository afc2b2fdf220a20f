/**
 * dovecot(1): runs mail access (IMAP, POP3, LMTP) of an instance, in the background or (`-F`) in the foreground; stops it,
 * reloads it, prints its configuration. Faults are `Fatal: text` on standard error, with the original's exit statuses.
 */
import {hostname} from 'node:os';
import {describe, FatalError} from '../core/base/errors.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {openAccess} from './open-access.ts';
import {DOVECOT_VERSION} from '../core/config/dovecot/version.ts';

const USAGE = `Usage: dovecot [-F] [-c <config file>] [-p] [-n] [-a] [--help] [--version]
       [--build-options] [--hostdomain] [reload] [stop]
`;

export const dovecot: Tool = {
  name: 'dovecot',
  summary: 'run mail access: IMAP, POP3 and LMTP',
  usage: ['[-F] [-c FILE] [-p] [-n] [-a] [--help] [--version] [--build-options] [--hostdomain] [reload] [stop]'],
  options: [
    {flag: '-F', text: 'Stay in the foreground.'},
    {flag: '-c FILE', text: 'Another dovecot.conf than the instance’s.'},
    {flag: '-p', text: 'Ask for the passphrase of the TLS key (ssl_key_password).'},
    {flag: '-n, -a', text: 'Print the configuration, as doveconf does.'},
    {flag: '--version', text: 'Print the version of Dovecot that this behaves as.'},
    {flag: '--build-options', text: 'Print what there is: formats, drivers.'},
    {flag: '--hostdomain', text: 'Print the host’s full name.'},
    {flag: 'reload', text: 'Have the running one read its configuration again.'},
    {flag: 'stop', text: 'End the running one in an orderly way.'},
  ],
  description: ['Exit status: 0; 75 when none runs that could be stopped; 89 when it can’t be started.'],
  async main(argv, stdio) {
    try {
      return await run(argv, stdio);
    } catch (fault) {
      stdio.stderr.write(`Fatal: ${describe(fault)}\n`);
      return fault instanceof FatalError && fault.exitStatus !== 1 ? fault.exitStatus : FATAL;
    }
  },
};

/** The original's FATAL_DEFAULT. */
const FATAL = 89;

interface Request {
  readonly isForeground: boolean;
  readonly configFile: string | undefined;
  readonly print: '-n' | '-a' | undefined;
  readonly word: string | undefined;
}

async function run(argv: readonly string[], stdio: Stdio): Promise<number> {
  const request = readRequest(argv, stdio);
  if (typeof request === 'number') return request;
  if (request.print !== undefined) return printConfig(request.print, request.configFile, stdio);
  const access = openAccess({configFile: request.configFile, overrides: [], env: stdio.env});
  switch (request.word) {
    case undefined: {
      const {runAccessInForeground, startAccessInBackground} = await import('../core/daemon/access/run-access.ts');
      if (!request.isForeground) return startAccessInBackground(access.place);
      const {dieOf} = await import('../core/daemon/run-master.ts');
      dieOf(await runAccessInForeground(access.place));
      return 0;
    }
    case 'stop':
    case 'reload': {
      const {expectMaster, waitForEnd} = await import('../core/daemon/access/access-pid.ts');
      const pid = expectMaster(access.settings.get('base_dir'));
      process.kill(pid, request.word === 'stop' ? 'SIGTERM' : 'SIGHUP');
      return request.word === 'stop' && !(await waitForEnd(pid)) ? 75 : 0;
    }
    default:
      stdio.stderr.write(`Fatal: Unknown argument: ${request.word}\n`);
      return FATAL;
  }
}

function readRequest(argv: readonly string[], stdio: Stdio): Request | number {
  let request: Request = {isForeground: false, configFile: undefined, print: undefined, word: undefined};
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const told = tell(word, stdio);
    if (told !== undefined) return told;
    if (word === '-F') request = {...request, isForeground: true};
    else if (word === '-n' || word === '-a') request = {...request, print: word};
    else if (word === '-c' || word.startsWith('-c')) request = {...request, configFile: word.slice(2) || argv[++at]};
    else if (word === '-p') continue;
    else if (word.startsWith('-')) {
      stdio.stderr.write(`dovecot: invalid option -- '${word.replace(/^-+/, '').slice(0, 1)}'\n${USAGE}`);
      return FATAL;
    } else return {...request, word};
  }
  return request;
}

/** Options that print one thing and end; undefined when it is none of them. */
function tell(word: string, stdio: Stdio): number | undefined {
  switch (word) {
    case '--version':
      stdio.stdout.write(`${DOVECOT_VERSION}\n`);
      return 0;
    case '--help':
    case '-h':
      stdio.stderr.write(USAGE);
      return 0;
    case '--hostdomain':
      stdio.stdout.write(`${hostname()}\n`);
      return 0;
    case '--build-options':
      stdio.stdout.write(BUILD_OPTIONS);
      return 0;
    default:
      return undefined;
  }
}

const BUILD_OPTIONS = `Build options: ioloop=node notify=inotify openssl
Mail storages: maildir mbox
SQL driver plugins:
Passdb: checkpassword passwd passwd-file shadow static
Userdb: passwd passwd-file prefetch static
`;

async function printConfig(flag: '-n' | '-a', configFile: string | undefined, stdio: Stdio): Promise<number> {
  const {doveconf} = await import('./doveconf.ts');
  return doveconf.main([flag, ...(configFile === undefined ? [] : ['-c', configFile])], stdio);
}
