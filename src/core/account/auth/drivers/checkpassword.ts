/**
 * passdb and userdb `checkpassword`: a program of the operator's gets name and password on descriptor 3 and ends with 0 (right, and it
 * has run the rest of its arguments), 1 (wrong), 3 (no such user) or something else (it could not find out). The program that it runs
 * at the end is one of ours that prints the environment: USER, HOME, `userdb_...` and those named in EXTRA are the fields.
 *
 * No shell: `args` is split at blanks. What it prints for people goes to the log.
 */
import {spawn} from 'node:child_process';
import {describe} from '../../../base/errors.ts';
import type {Passdb, PassdbEntry} from '../passdb.ts';
import type {AuthRequest} from '../request.ts';
import type {Userdb} from '../userdb.ts';

const TITLE = 'checkpassword';
const MAX_SECONDS = 60;
const MAX_ANSWER_BYTES = 65_536;
/** Prints the environment and the ids to descriptor 4; runs as the user whom the operator's program has become. */
const REPLY = `require('fs').writeSync(4,[process.getuid(),process.getgid(),...Object.entries(process.env).map(e=>e.join('='))].join('\\0'))`;
const REPLY_WORDS = [process.execPath, '-e', REPLY];

interface Ended {
  readonly pid: number;
  readonly status: number | null;
  readonly answer: string;
  readonly complaint: string;
}

export function checkpasswordPassdb(args: string): Passdb {
  return {
    title: TITLE,
    defaultScheme: 'PLAIN',
    cacheKey: args,
    async lookup(request, plain) {
      const ended = await run(args, request, plain);
      const entry = entryOf(request, ended, plain === undefined);
      return entry ?? {kind: 'verified', fields: fieldsOf(ended.answer, request)};
    },
  };
}

export function checkpasswordUserdb(args: string): Userdb {
  return {
    title: TITLE,
    cacheKey: args,
    async lookup(request) {
      const ended = await run(args, request, undefined);
      const entry = entryOf(request, ended, true);
      if (entry?.kind === 'unknown' || entry?.kind === 'mismatch') return {kind: 'unknown', isTold: true};
      if (entry !== undefined) return {kind: 'broken', text: entry.kind === 'broken' ? entry.text : entry.kind};
      const fields = fieldsOf(ended.answer, request).filter(([name]) => name.startsWith('userdb_'));
      return {kind: 'found', fields: fields.map(([name, value]) => [name.slice('userdb_'.length), value] as const)};
    },
  };
}

/** undefined: it let the user in. */
function entryOf(
  request: AuthRequest,
  {status, answer, complaint, pid}: Ended,
  wantsEntry: boolean,
): PassdbEntry | undefined {
  if (complaint !== '') request.error(TITLE, `stderr: ${complaint}`);
  if (status === 3 && wantsEntry) {
    request.info(TITLE, 'User unknown');
    return {kind: 'unknown', isTold: true};
  }
  if (status === 1) {
    request.info(TITLE, 'Login failed (status=1)');
    return {kind: 'mismatch'};
  }
  if (wantsEntry && status === 2) return undefined;
  if (status !== 0) return {kind: 'broken', text: `Child ${pid} exited with status ${status ?? 'unknown'}`};
  return answer === '' ? {kind: 'broken', text: 'Received no input'} : undefined;
}

function run(args: string, request: AuthRequest, plain: string | undefined): Promise<Ended> {
  const [program = '', ...words] = args.split(/[ \t]+/).filter(Boolean);
  return new Promise(resolve => {
    const child = spawn(program, [...words, ...REPLY_WORDS], {
      env: environment(request, plain === undefined),
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      timeout: MAX_SECONDS * 1000,
    });
    const [, , stderr, input, output] = child.stdio;
    const texts = {answer: '', complaint: ''};
    collect(output, text => (texts.answer = (texts.answer + text).slice(0, MAX_ANSWER_BYTES)));
    collect(stderr, text => (texts.complaint = (texts.complaint + text).slice(0, 1000)));
    child.on('error', fault => resolve({pid: 0, status: null, answer: '', complaint: describe(fault)}));
    child.on('close', status =>
      resolve({pid: child.pid ?? 0, status, answer: texts.answer, complaint: texts.complaint.trimEnd()}),
    );
    if (input !== null && input !== undefined && 'end' in input) {
      input.on('error', () => undefined); // a program that does not read it
      input.end(Buffer.from(`${request.user ?? ''}\0${plain ?? ''}\0\0`, 'latin1'));
    }
  });
}

function collect(stream: unknown, take: (text: string) => void): void {
  if (typeof stream !== 'object' || stream === null || !('on' in stream)) return;
  const readable = stream as NodeJS.ReadableStream; // a pipe of ours, opened for reading by its number
  readable.setEncoding('latin1');
  readable.on('data', (text: string) => take(text));
}

function environment({facts, originalUser, masterUser}: AuthRequest, wantsEntry: boolean): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PROTO: 'TCP',
    ORIG_UID: String(process.getuid?.() ?? ''),
    SERVICE: facts.service,
    ...(originalUser === '' ? {} : {AUTH_USERNAME: originalUser}),
    ...(facts.serverAddress === '' ? {} : {TCPLOCALIP: facts.serverAddress, LOCAL_IP: facts.serverAddress}),
    ...(facts.clientAddress === '' ? {} : {TCPREMOTEIP: facts.clientAddress, REMOTE_IP: facts.clientAddress}),
    ...(masterUser === undefined ? {} : {MASTER_USER: masterUser}),
    ...(wantsEntry ? {AUTHORIZED: '1'} : {}),
  };
}

/** What the program at the end printed. */
function fieldsOf(answer: string, request: AuthRequest): (readonly [name: string, value: string])[] {
  const [uid = '', gid = '', ...rows] = answer.split('\0');
  const environment = new Map(
    rows.map(row => {
      const equals = row.indexOf('=');
      return [row.slice(0, Math.max(0, equals)), row.slice(equals + 1)] as const;
    }),
  );
  const extra = (environment.get('EXTRA') ?? '').split(' ').filter(Boolean);
  const user = environment.get('USER') ?? '';
  const home = environment.get('HOME') ?? '';
  const fields: (readonly [string, string])[] = [];
  if (user !== '' && user !== request.user) fields.push(['user', user]);
  if (home !== '' && !extra.includes('userdb_home')) fields.push(['userdb_home', home]);
  for (const name of extra) fields.push([name, environment.get(name) ?? '']);
  if (!extra.includes('userdb_uid')) fields.push(['userdb_uid', uid]);
  if (!extra.includes('userdb_gid')) fields.push(['userdb_gid', gid]);
  return fields;
}
