/** What is put before a message for one recipient: Return-Path, Delivered-To, Received (RFC 5321 section 4.4). Lines with CRLF. */

export interface TraceFacts {
  readonly sender: string;
  /** undefined: no Delivered-To. */
  readonly deliveredTo: string | undefined;
  /** undefined: no Received. */
  readonly received: ReceivedFacts | undefined;
}

export interface ReceivedFacts {
  readonly helo: string;
  /** '' over a socket of this machine. */
  readonly clientAddress: string;
  /** `TLSv1.3 with cipher X (256/256 bits)`; '' without TLS. */
  readonly tls: string;
  readonly hostName: string;
  readonly id: string;
  /** undefined: several recipients, who need not know of each other. */
  readonly recipient: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export function traceHeaders({sender, deliveredTo, received}: TraceFacts): string {
  return [
    `Return-Path: <${sender}>\r\n`,
    deliveredTo === undefined ? '' : `Delivered-To: ${deliveredTo}\r\n`,
    received === undefined ? '' : receivedHeader(sender, received),
  ].join('');
}

function receivedHeader(sender: string, facts: ReceivedFacts): string {
  const {helo, clientAddress, tls, hostName, id, recipient, time} = facts;
  const literal = clientAddress.includes(':') ? `IPv6:${clientAddress}` : clientAddress;
  const lines = [
    `Received: from ${helo || 'unknown'}${clientAddress === '' ? '' : ` ([${literal}])`}`,
    ...(tls === '' ? [] : [`(using ${tls})`]),
    `by ${hostName} with LMTP${tls === '' ? '' : 'S'}`,
    `id ${id}`,
    `(envelope-from <${sender}>)`,
    ...(recipient === undefined ? [] : [`for <${recipient}>`]),
  ];
  return `${lines.join('\r\n\t')}; ${messageDate(time)}\r\n`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** RFC 5322 section 3.3, in local time. */
function messageDate(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (number: number): string => String(number).padStart(2, '0');
  const zone = -time.getTimezoneOffset();
  const sign = zone < 0 ? '-' : '+';
  const offset = `${sign}${two(Math.floor(Math.abs(zone) / 60))}${two(Math.abs(zone) % 60)}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  const day = `${DAYS[time.getDay()] ?? ''}, ${two(time.getDate())} ${MONTHS[time.getMonth()] ?? ''}`;
  return `${day} ${time.getFullYear()} ${clock} ${offset}`;
}
