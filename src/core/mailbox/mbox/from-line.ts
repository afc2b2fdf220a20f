/**
 * From_ lines, which begin each message of an mbox file: `From SENDER  Tue Nov 14 22:13:20 2023`, the time in this host's
 * clock. A line counts only with a date that can be read, so that a text's `From ` at a line's start seldom does.
 */
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const LONGEST = 1000;

const DATE = new RegExp(
  ` (?:${DAYS.join('|')}),? {1,2}(?:(${MONTHS.join('|')}) {1,2}(\\d{1,2})|(\\d{1,2}) (${MONTHS.join('|')}))` +
    ` {1,2}(\\d{1,2}):(\\d{2})(?::(\\d{2}))?(?: [A-Z]{1,5}| [+-]\\d{4})? (\\d{4})`,
);

/** Milliseconds since 1970, or undefined when it is no From_ line. */
export function parseFromLine(line: string): number | undefined {
  if (!line.startsWith('From ') || line.length > LONGEST) return undefined;
  const found = DATE.exec(line);
  if (found === null) return undefined;
  const [, month1, day1, day2, month2, hours, minutes, seconds = '0', year] = found;
  const month = MONTHS.findIndex(name => name === (month1 ?? month2));
  const date = new Date(
    Number(year),
    month,
    Number(day1 ?? day2),
    Number(hours),
    Number(minutes),
    Number(seconds),
  ).getTime();
  return Number.isNaN(date) ? undefined : date;
}

export function makeFromLine(sender: string, received: number): string {
  const date = new Date(received);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  const day = `${DAYS[date.getDay()]} ${MONTHS[date.getMonth()]} ${twoDigits(date.getDate())}`;
  return `From ${sender.replace(/\s/g, '')}  ${day} ${time} ${date.getFullYear()}\n`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
