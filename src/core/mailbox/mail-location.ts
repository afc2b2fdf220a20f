/**
 * mail_location: `maildir:~/Maildir:INBOX=...:LAYOUT=fs`, `mbox:~/mail:INBOX=/var/mail/u`; keys in any order, `::` for
 * a colon in a value. What it can't be is told as `MailError` cannot.
 */
import {MailError} from './mail-error.ts';

export interface MailLocation {
  readonly driver: 'maildir' | 'mbox';
  readonly root: string;
  readonly inbox: string | undefined;
  readonly index: string | undefined;
  readonly control: string | undefined;
  readonly layout: 'maildir++' | 'fs';
  readonly subscriptions: string;
  readonly noNoselect: boolean;
  /** VOLATILEDIR, ALT and the like: taken, and without effect here. */
  readonly others: ReadonlyMap<string, string>;
}

export function parseLocation(location: string, home: string): MailLocation {
  const colon = location.indexOf(':');
  const driver = colon < 0 ? '' : location.slice(0, colon).toLowerCase();
  if (driver !== 'maildir' && driver !== 'mbox')
    throw new MailError('cannot', `Unknown mail storage driver ${driver === '' ? location : driver}`);
  const [root = '', ...settings] = splitAtColons(location.slice(colon + 1));
  const keys = new Map<string, string>();
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    const key = (equals < 0 ? setting : setting.slice(0, equals)).toUpperCase();
    if (key !== '') keys.set(key, equals < 0 ? '' : setting.slice(equals + 1));
  }
  const place = (key: string): string | undefined => {
    const value = keys.get(key);
    keys.delete(key);
    return value === undefined || value === '' ? undefined : atHome(value, home);
  };
  const wanted = keys.get('LAYOUT')?.toLowerCase();
  keys.delete('LAYOUT');
  const usual = driver === 'mbox' ? '.subscriptions' : 'subscriptions';
  const subscriptions = keys.get('SUBSCRIPTIONS') ?? '';
  keys.delete('SUBSCRIPTIONS');
  const noNoselect = keys.delete('NO-NOSELECT');
  return {
    driver,
    root: atHome(root, home),
    inbox: place('INBOX'),
    index: place('INDEX'),
    control: place('CONTROL'),
    layout: layoutOf(driver, wanted),
    subscriptions: subscriptions === '' ? usual : subscriptions,
    noNoselect,
    others: keys,
  };
}

function layoutOf(driver: 'maildir' | 'mbox', wanted: string | undefined): 'maildir++' | 'fs' {
  if (wanted === undefined) return driver === 'maildir' ? 'maildir++' : 'fs';
  if (wanted === 'fs' || (wanted === 'maildir++' && driver === 'maildir')) return wanted;
  throw new MailError('cannot', `Unknown mailbox list driver: ${wanted}`);
}

function splitAtColons(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== ':') part += text[at];
    else if (text[at + 1] === ':') {
      part += ':';
      at++;
    } else {
      parts.push(part);
      part = '';
    }
  }
  return [...parts, part];
}

/** `~/` is the user's; what is not absolute lies below it, too. */
function atHome(path: string, home: string): string {
  const whole = path === '~' ? home : path.startsWith('~/') ? `${home}${path.slice(1)}` : path;
  const absolute = whole.startsWith('/') ? whole : `${home}/${whole}`;
  return absolute.length > 1 && absolute.endsWith('/') ? absolute.slice(0, -1) : absolute;
}
