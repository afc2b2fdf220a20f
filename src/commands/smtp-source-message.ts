/** The messages smtp-source sends: headers of their own each, one text for all. */
import {formatMailDate} from '../core/message/date.ts';
import type {SourceOptions} from './smtp-source-options.ts';

const LINE = 80;
const END = '\r\n.\r\n';

/** The text and the end of data behind it. */
export function messageText({lengthBytes, file}: SourceOptions): Buffer {
  if (lengthBytes > 0) return madeUpText(lengthBytes);
  if (file !== undefined && file.length > 0) return Buffer.concat([stuffed(file), Buffer.from(END)]);
  const lines = [1, 2, 3, 4].map(count => `La de da de da ${count}.`);
  return Buffer.from(lines.join('\r\n') + END);
}

/** Lines of 80 bytes with their ends, each but the last with a digit in front: as the original makes them. */
function madeUpText(lengthBytes: number): Buffer {
  const text = Buffer.alloc(lengthBytes + END.length, 'X');
  for (let end = LINE; end < lengthBytes; end += LINE) {
    text.write(String((end / LINE) % 10), end - LINE, 'latin1');
    text.write('\r\n', end - 2, 'latin1');
  }
  text.write(END, lengthBytes, 'latin1');
  return text;
}

/** Lines end with CR LF, whatever was there; a dot in front is doubled. */
function stuffed(file: Buffer): Buffer {
  const lines = file.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return Buffer.from(lines.map(line => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join(''), 'latin1');
}

/** `id` is what comes before the at sign of Message-Id. None with -o or -F. */
export function messageHeaders(options: SourceOptions, id: string): string {
  if (options.isOld || options.file !== undefined) return '';
  const {sender, recipient, hostname, subject} = options;
  const date = formatMailDate(Math.floor(Date.now() / 1000));
  const subjectLine = subject === undefined ? '' : `Subject: ${subject}\r\n`;
  return (
    `From: <${sender}>\r\nTo: <${recipient}>\r\nDate: ${date}\r\nMessage-Id: <${id}@${hostname}>\r\n` +
    `${subjectLine}\r\n`
  );
}
