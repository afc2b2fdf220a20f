/** procmail's command line, read as the original reads it: what it does not know is complained of and passed over. */

export interface Options {
  readonly preservesEnvironment: boolean;
  /** -t: the mail is to come again when it can't be delivered. */
  readonly failsSoftly: boolean;
  readonly isBerkeley: boolean;
  readonly from: string | undefined;
  /** -a. */
  readonly arguments: readonly string[];
  /** -m. */
  readonly isFilter: boolean;
  /** -d: one recipient; the others are in `moreRecipients`. */
  readonly recipient: string | undefined;
  readonly moreRecipients: readonly string[];
  /** Assignments and rc files. */
  readonly operands: readonly string[];
  /** For standard error, lines and all. */
  readonly complaints: string;
}

export type OptionsRead = Options | 'version' | 'help' | 'lmtp';

export const USAGE = `Usage: procmail [-vptoY] [-f fromwhom] [parameter=value | rcfile] ...
   Or: procmail [-toY] [-f fromwhom] [-a argument] ... -d recipient ...
   Or: procmail [-ptY] [-f fromwhom] -m [parameter=value] ... rcfile [arg] ...
   Or: procmail [-toY] [-a argument] ... -z
`;

interface Reading {
  preservesEnvironment: boolean;
  failsSoftly: boolean;
  isBerkeley: boolean;
  isFilter: boolean;
  from: string | undefined;
  arguments: string[];
  recipients: string[];
  complaints: string;
}

export function readOptions(argv: readonly string[]): OptionsRead {
  const reading: Reading = {
    preservesEnvironment: false,
    failsSoftly: false,
    isBerkeley: false,
    isFilter: false,
    from: undefined,
    arguments: [],
    recipients: [],
    complaints: '',
  };
  let at = 0;
  for (let word = argv[at]; word?.startsWith('-') === true; word = argv[at]) {
    const read = readCluster(reading, word, argv[at + 1]);
    if (typeof read === 'string') return read;
    at += read;
    if (reading.recipients.length > 0) {
      reading.recipients.push(...argv.slice(at));
      at = argv.length;
    }
    if (word === '--') break;
  }
  return resolveConflicts(reading, argv.slice(at));
}

/** Answers how many words were read. */
function readCluster(reading: Reading, word: string, next: string | undefined): number | 'version' | 'help' | 'lmtp' {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const rest = word.slice(at + 1);
    switch (letter) {
      case 'v':
        return 'version';
      case 'h':
      case '?':
        return 'help';
      case 'z':
        return 'lmtp';
      case 'p':
        reading.preservesEnvironment = true;
        break;
      case 'm':
        reading.isFilter = true;
        break;
      case 'o': // Nobody but the owner of the process decides about the `From ` line here: this binary is not set-id.
        break;
      case 'Y':
      case 'y':
        reading.isBerkeley = true;
        break;
      case 't':
        reading.failsSoftly = true;
        break;
      case 'f':
      case 'r':
        return withValue(rest, next, 'Missing name', reading, value => (reading.from = value));
      case 'a':
        return withValue(rest, next, 'Missing argument', reading, value => reading.arguments.push(value));
      case 'd':
        if (rest === '' && next === undefined) {
          reading.complaints += 'procmail: Missing recipient\n';
          return 1;
        }
        reading.recipients = [rest === '' ? (next ?? '') : rest];
        return rest === '' ? 2 : 1;
      case '-':
        if (rest === '') return 1;
        return unrecognised(reading, rest);
      default:
        return unrecognised(reading, letter + rest);
    }
  }
  return 1;
}

function unrecognised(reading: Reading, text: string): number {
  reading.complaints += `procmail: Unrecognised options: "${text}"\n${USAGE}Processing continued\n`;
  return 1;
}

function withValue(
  rest: string,
  next: string | undefined,
  complaint: string,
  reading: Reading,
  take: (value: string) => void,
): number {
  const value = rest === '' ? next : rest;
  if (value === undefined) reading.complaints += `procmail: ${complaint}\n`;
  else take(value);
  return rest === '' && value !== undefined ? 2 : 1;
}

/** -d takes precedence over -p and -m, -m over -a. */
function resolveConflicts(reading: Reading, operands: readonly string[]): Options {
  const [recipient, ...moreRecipients] = reading.recipients;
  const isDelivery = recipient !== undefined;
  const conflicts = isDelivery
    ? reading.preservesEnvironment || reading.isFilter
    : reading.isFilter && reading.arguments.length > 0;
  const {failsSoftly, isBerkeley, from} = reading;
  return {
    failsSoftly,
    isBerkeley,
    from,
    preservesEnvironment: reading.preservesEnvironment && !isDelivery,
    isFilter: reading.isFilter && !isDelivery,
    arguments: conflicts && !isDelivery ? [] : reading.arguments,
    recipient,
    moreRecipients,
    operands,
    complaints: reading.complaints + (conflicts ? `procmail: Conflicting options\n${USAGE}` : ''),
  };
}
