/** The command line of smtp-source, as the original reads it: same texts, same order of complaints. Throws FatalError. */
import {readFileSync} from 'node:fs';
import {hostname} from 'node:os';
import {toPath} from '../core/base/bytes.ts';
import {FatalError, describe, systemCode} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio} from '../core/base/tool.ts';
import {readEndpoint, type Endpoint, type Family} from './smtp-endpoint.ts';
import {hostnameFault, literalFault} from './smtp-source-hostname.ts';

export interface SourceOptions {
  readonly endpoint: Endpoint;
  readonly family: Family;
  readonly isLmtp: boolean;
  /** No HELO and no headers. */
  readonly isOld: boolean;
  /** Goes on when the server refuses. */
  readonly allowsReject: boolean;
  readonly showsCounter: boolean;
  readonly keepsConnection: boolean;
  readonly numbersRecipients: boolean;
  readonly isVerbose: boolean;
  readonly connectTries: number;
  readonly sessions: number;
  readonly messages: number;
  readonly recipients: number;
  readonly hostname: string;
  readonly sender: string;
  readonly recipient: string;
  readonly subject: string | undefined;
  /** Bytes of made-up text; 0 for the usual four lines. */
  readonly lengthBytes: number;
  readonly filePath: string | undefined;
  /** What is in it. */
  readonly file: Buffer | undefined;
  /** Seconds between messages: fixed, or at most. */
  readonly fixedDelay: number;
  readonly randomDelay: number;
  readonly windowSize: number;
}

const LETTERS = '46AcC:df:F:l:Lm:M:Nor:R:s:S:t:T:vw:';

const USAGE =
  'usage: smtp-source -cdLNov -s sess -l msglen -m msgs -C count -M myhostname -f from -t to -r rcptcount -R delay ' +
  '-w delay host[:port]';

interface Names {
  hostname: string;
  sender: string | undefined;
  recipient: string | undefined;
}

type Draft = {-readonly [Name in keyof SourceOptions]: SourceOptions[Name]};

export function readSourceOptions(argv: readonly string[], stdio: Stdio): SourceOptions {
  const draft: Draft = {...DEFAULTS};
  const names: Names = {hostname: '', sender: undefined, recipient: undefined};
  const reader = new OptionReader(argv, LETTERS);
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?') stdio.stderr.write(`smtp-source: invalid option -- '${letter}'\n`);
    if (option === ':') stdio.stderr.write(`smtp-source: option requires an argument -- '${letter}'\n`);
    if (option === '?' || option === ':') throw new FatalError(USAGE);
    if (option === 'f') names.sender = value;
    else if (option === 't') names.recipient = value;
    else if (option === 'M') names.hostname = checkedHostname(value, stdio);
    else if (!setFlag(draft, option)) setValue(draft, option, value);
  }
  draft.hostname = names.hostname || hostname();
  draft.sender = names.sender ?? `foo@${draft.hostname}`;
  draft.recipient = names.recipient ?? `foo@${draft.hostname}`;
  return finish(draft, reader.operands());
}

const DEFAULTS: Draft = {
  endpoint: {kind: 'unix', path: ''},
  family: 0,
  isLmtp: false,
  isOld: false,
  allowsReject: false,
  showsCounter: false,
  keepsConnection: false,
  numbersRecipients: false,
  isVerbose: false,
  connectTries: 1,
  sessions: 1,
  messages: 1,
  recipients: 1,
  hostname: '',
  sender: '',
  recipient: '',
  subject: undefined,
  lengthBytes: 0,
  filePath: undefined,
  file: undefined,
  fixedDelay: 0,
  randomDelay: 0,
  windowSize: 0,
};

function setFlag(draft: Draft, letter: string): boolean {
  if (letter === '4' || letter === '6') draft.family = letter === '4' ? 4 : 6;
  else if (letter === 'A') draft.allowsReject = true;
  else if (letter === 'c') draft.showsCounter = true;
  else if (letter === 'd') draft.keepsConnection = true;
  else if (letter === 'L') draft.isLmtp = true;
  else if (letter === 'N') draft.numbersRecipients = true;
  else if (letter === 'o') draft.isOld = true;
  else if (letter === 'v') draft.isVerbose = true;
  else return false;
  return true;
}

function setValue(draft: Draft, letter: string, value: string): void {
  if (letter === 'C') draft.connectTries = positive(value, 'connection count');
  else if (letter === 'F') draft.filePath = messageFile(draft, value);
  else if (letter === 'l') draft.lengthBytes = messageLength(draft, value);
  else if (letter === 'm') draft.messages = positive(value, 'message count');
  else if (letter === 'r') draft.recipients = positive(value, 'recipient count');
  else if (letter === 'R') draft.randomDelay = delay(value, 'random delay', draft.fixedDelay);
  else if (letter === 's') draft.sessions = positive(value, 'session count');
  else if (letter === 'S') draft.subject = value;
  else if (letter === 'T') draft.windowSize = positive(value, 'TCP window size');
  else if (letter === 'w') draft.fixedDelay = delay(value, 'fixed delay', draft.randomDelay);
}

function finish(draft: Draft, operands: readonly string[]): SourceOptions {
  const [place] = operands;
  if (place === undefined || operands.length !== 1) throw new FatalError(USAGE);
  if (draft.filePath !== undefined) draft.file = readMessageFile(draft.filePath);
  draft.endpoint = readEndpoint(place, {service: 'smtp'});
  const {endpoint} = draft;
  if (endpoint.kind === 'unix' && endpoint.path.length > MAX_SOCKET_PATH)
    throw new FatalError(`unix-domain name too long: ${endpoint.path}`);
  return draft;
}

/** The field sun_path has 108 bytes, the last one NUL (unix(7)). */
const MAX_SOCKET_PATH = 107;

/** As atoi(3) reads it. */
function positive(value: string, what: string): number {
  const number = Number.parseInt(value, 10);
  if (!(number > 0)) throw new FatalError(`bad ${what}: ${value}`);
  return number;
}

function delay(value: string, what: string, other: number): number {
  if (other > 0) throw new FatalError('do not use -w and -R options at the same time');
  return positive(value, what);
}

function messageLength(draft: Draft, value: string): number {
  if (draft.filePath !== undefined) throw new FatalError('-l option cannot be used with -F');
  return positive(value, 'message length');
}

function messageFile(draft: Draft, path: string): string {
  if (draft.lengthBytes > 0) throw new FatalError('-l option cannot be used with -F');
  return path;
}

function readMessageFile(path: string): Buffer {
  try {
    return readFileSync(toPath(path));
  } catch (fault) {
    throw new FatalError(`${systemCode(fault) === 'EISDIR' ? 'read' : 'open'} ${path}: ${describe(fault)}`);
  }
}

function checkedHostname(name: string, stdio: Stdio): string {
  const isLiteral = name.startsWith('[');
  const fault = isLiteral ? literalFault(name) : hostnameFault(name);
  if (fault === undefined) return name;
  stdio.stderr.write(`smtp-source: warning: ${fault}\n`);
  throw new FatalError(`bad ${isLiteral ? 'address literal' : 'hostname'}: ${name}`);
}
