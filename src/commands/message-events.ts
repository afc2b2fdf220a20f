/** A log line about a message -> what happened to it then. What is not known better is kept as the line's own text. */

export type MessageEvent = {
  /** As the log has it. */
  readonly time: string;
  readonly program: string;
  /** The line behind the queue id. */
  readonly text: string;
} & (
  | {readonly kind: 'received'; readonly from: string; readonly login: string | undefined}
  | {readonly kind: 'message-id'; readonly messageId: string}
  | {readonly kind: 'active'; readonly sender: string; readonly sizeBytes: number; readonly recipients: number}
  | {
      readonly kind: 'delivery';
      readonly recipient: string;
      readonly original: string | undefined;
      readonly relay: string;
      readonly delaySeconds: number;
      readonly status: string;
      readonly outcome: string;
      readonly reason: string;
    }
  /** Another message made this one (`parent`: forwarded, returned), or this one made another (`child`). */
  | {readonly kind: 'parent' | 'child'; readonly other: string}
  | {readonly kind: 'removed' | 'other'}
);

/** Undefined: the line only happens to have these letters in it. */
export function readEvent(line: string, id: string): MessageEvent | undefined {
  const record = line.startsWith('{') ? jsonRecord(line) : maillogRecord(line);
  if (record === undefined) return undefined;
  const {text, ...head} = record;
  const own = ownText(text, id);
  if (own !== undefined) return {...head, text: own, ...detailOf(head.program, own)};
  const parent = text.slice(0, text.indexOf(': '));
  const isMade = text.endsWith(`(forwarded as ${id})`) || text.endsWith(` notification: ${id}`);
  return isMade ? {...head, text, kind: 'parent', other: parent} : undefined;
}

interface LogLine {
  readonly time: string;
  readonly program: string;
  readonly text: string;
}

/** `Nov 24 05:16:28 mail postfix/smtp[26756]: text`; the time may be an ISO one, as rsyslog writes it. */
function maillogRecord(line: string): LogLine | undefined {
  const bracket = line.indexOf(']: ');
  const open = line.lastIndexOf('[', bracket);
  if (bracket < 0 || open < 0) return undefined;
  const tagStart = line.lastIndexOf(' ', open) + 1;
  const head = line.slice(0, tagStart).trimEnd();
  const tag = line.slice(tagStart, open);
  const time = head.slice(0, Math.max(0, head.lastIndexOf(' ')));
  return {time, program: tag.slice(tag.lastIndexOf('/') + 1), text: line.slice(bracket + ']: '.length)};
}

function jsonRecord(line: string): LogLine | undefined {
  try {
    const {time, program, text} = JSON.parse(line) as Readonly<Record<string, unknown>>; // any value may be in it
    if (typeof time !== 'string' || typeof program !== 'string' || typeof text !== 'string') return undefined;
    return {time, program, text};
  } catch {
    return undefined; // half a line, at a crash
  }
}

const SEVERITIES = ['', 'warning: ', 'error: ', 'fatal: ', 'panic: '];

/** What is behind the id, with the severity word before it. */
function ownText(text: string, id: string): string | undefined {
  const severity = SEVERITIES.find(word => text.startsWith(`${word}${id}: `));
  return severity === undefined ? undefined : severity + text.slice(severity.length + id.length + ': '.length);
}

type Detail = MessageEvent extends infer Event ? (Event extends unknown ? Omit<Event, keyof LogLine> : never) : never;

function detailOf(program: string, text: string): Detail {
  if (text === 'removed') return {kind: 'removed'};
  if (text.startsWith('client=')) return received(text);
  if (program === 'pickup' && text.startsWith('uid=')) return {kind: 'received', from: text, login: undefined};
  if (text.startsWith('message-id=')) return {kind: 'message-id', messageId: text.slice('message-id='.length)};
  if (text.startsWith('to=<')) return delivery(text) ?? {kind: 'other'};
  if (text.endsWith(' (queue active)')) return active(text);
  const notice = text.lastIndexOf(' notification: ');
  if (notice > 0) return {kind: 'child', other: text.slice(notice + ' notification: '.length)};
  return {kind: 'other'};
}

function received(text: string): Detail {
  const end = text.indexOf(', ');
  const from = text.slice('client='.length, end < 0 ? undefined : end);
  return {kind: 'received', from, login: fieldOf(text, 'sasl_username')};
}

/** `from=<s>, size=277, nrcpt=1 (queue active)` */
function active(text: string): Detail {
  const behind = text.lastIndexOf('>, size=');
  const [sizeBytes = 0, recipients = 0] = (text.slice(behind).match(/[0-9]+/g) ?? []).map(Number);
  return {kind: 'active', sender: text.slice('from=<'.length, behind), sizeBytes, recipients};
}

/** `to=<r>, orig_to=<o>, relay=.., delay=.., delays=.., dsn=.., status=W (reason)` */
function delivery(text: string): Detail | undefined {
  const begin = text.indexOf('>, relay=') + 1; // an address may have what looks like a field in it
  const end = text.indexOf(' (', text.indexOf(', status=', begin));
  if (begin === 0 || end < 0) return undefined;
  const addresses = text.slice(0, begin);
  const fields = text.slice(begin, end);
  const second = addresses.indexOf('>, orig_to=<');
  const recipient = addresses.slice('to=<'.length, second < 0 ? -1 : second);
  return {
    kind: 'delivery',
    recipient,
    original: second < 0 ? undefined : addresses.slice(second + '>, orig_to=<'.length, -1),
    relay: fieldOf(fields, 'relay') ?? '',
    delaySeconds: Number(fieldOf(fields, 'delay') ?? 0),
    status: fieldOf(fields, 'dsn') ?? '',
    outcome: fieldOf(fields, 'status') ?? '',
    reason: text.slice(end + ' ('.length, text.endsWith(')') ? -1 : undefined),
  };
}

function fieldOf(text: string, name: string): string | undefined {
  const begin = text.indexOf(`, ${name}=`);
  if (begin < 0) return undefined;
  const start = begin + name.length + 3;
  const end = text.indexOf(', ', start);
  return text.slice(start, end < 0 ? undefined : end);
}
