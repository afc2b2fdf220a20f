/** The abstract of a delivery in the log: `From ` line, subject, folder and size (procmailrc(5) LOGABSTRACT). */
import type {State} from './state.ts';

const SUBJECT = 'subject:';
const MAX_SUBJECT = 78;
const MAX_FOLDER = 60;
const TAB_WIDTH = 8;
/** The column of the size. */
const SIZE_COLUMN = 72;
const LABEL = '  Folder: ';

export function logAbstract(state: State, folder: string): void {
  const {logAbstract: wish} = state.settings;
  const isWanted = wish > 0 || (wish !== 0 && (state.log.isFile || state.log.isVerbose));
  if (!isWanted) return;
  const head = state.mail.head;
  if (state.mail.hasFromLine) {
    const newline = head.indexOf(0x0a);
    state.log.write(`${head.toString('latin1', 0, newline < 0 ? head.length : newline)}\n`);
  }
  const subject = subjectOf(head);
  if (subject !== undefined) state.log.write(` ${withoutTabs(subject.slice(0, MAX_SUBJECT))}\n`);
  state.log.write(folderLine(folder.slice(0, MAX_FOLDER), state.lastSize));
}

/** Tabs lead to the column of the size; formail -l writes the same. */
export function folderLine(folder: string, size: number): string {
  const text = LABEL + withoutTabs(folder);
  let column = text.length - (text.length % TAB_WIDTH);
  let line = text;
  do {
    line += '\t';
    column += TAB_WIDTH;
  } while (column < SIZE_COLUMN);
  return `${line}${String(size).padStart(7)}\n`;
}

/** The field as it stands, without those lines that continue it. */
function subjectOf(head: Buffer): string | undefined {
  for (let at = 0; at >= 0 && at < head.length;) {
    const newline = head.indexOf(0x0a, at);
    const end = newline < 0 ? head.length : newline;
    if (head.toString('latin1', at, at + SUBJECT.length).toLowerCase() === SUBJECT)
      return head.toString('latin1', at, end);
    at = newline < 0 ? -1 : newline + 1;
  }
  return undefined;
}

export function withoutTabs(text: string): string {
  return text.replace(/[\t\n\v\f\r]/g, ' ');
}
