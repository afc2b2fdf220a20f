/** What mail storage demands. */
import type {SettingsView} from './settings-view.ts';
import {unknownWord} from './settings-view.ts';

const GIGABYTE = 1024 * 1024 * 1024;
const SPECIAL_USES = ['\\All', '\\Archive', '\\Drafts', '\\Flagged', '\\Important', '\\Junk', '\\Sent', '\\Trash'];

export function checkMailStorage(settings: SettingsView): string | undefined {
  if (settings.number('mailbox_idle_check_interval') === 0) return 'mailbox_idle_check_interval must not be 0';
  if (settings.isOn('mail_nfs_index') && !settings.isOn('mmap_disable'))
    return 'mail_nfs_index=yes requires mmap_disable=yes';
  if (settings.isOn('mail_nfs_index') && settings.text('mail_fsync') !== 'always')
    return 'mail_nfs_index=yes requires mail_fsync=always';
  if (settings.number('mail_cache_max_size') > GIGABYTE) return "mail_cache_max_size can't be over 1 GB";
  if (settings.number('mail_cache_purge_delete_percentage') > 100)
    return "mail_cache_purge_delete_percentage can't be over 100";
  return (
    checkUidlFormat(settings.text('pop3_uidl_format')) ??
    checkAttachmentHash(settings.text('mail_attachment_hash')) ??
    checkDetection(settings)
  );
}

function checkUidlFormat(format: string): string | undefined {
  let variables = 0;
  for (let at = format.indexOf('%'); at >= 0 && at < format.length - 1; at = format.indexOf('%', at + 1)) {
    at++;
    while (at < format.length && /[0-9A-Z.-]/.test(format.charAt(at))) at++; // modifiers
    const letter = format.charAt(at);
    if (letter === '%') continue;
    if (letter === '' || !'vufmg'.includes(letter)) return `Unknown pop3_uidl_format variable: %${letter}`;
    variables++;
  }
  return variables === 0 ? "pop3_uidl_format setting doesn't contain any %% variables." : undefined;
}

const HASHES = ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512', 'size'];

function checkAttachmentHash(format: string): string | undefined {
  if (format.includes('/')) return "mail_attachment_hash setting must not contain '/' characters";
  const fault = hashFormatFault(format);
  if (fault !== undefined) return `Invalid mail_attachment_hash setting: ${fault}`;
  return format.includes('-') ? "mail_attachment_hash setting must not contain '-' characters" : undefined;
}

/** `%{sha1}`, `%{sha256:80}`. */
function hashFormatFault(format: string): string | undefined {
  for (let at = format.indexOf('%'); at >= 0; at = format.indexOf('%', at + 1)) {
    if (format.charAt(at + 1) === '%') {
      at++;
      continue;
    }
    if (format.charAt(at + 1) !== '{') return "No '{' after '%'";
    const end = format.indexOf('}', at);
    if (end < 0) return "Missing '}'";
    const [method = '', bits] = format.slice(at + 2, end).split(':');
    if (!HASHES.includes(method)) return `Unknown hash method: ${method}`;
    if (bits !== undefined && !/^\d+$/.test(bits)) return `Invalid :bits number: ${bits}`;
  }
  return undefined;
}

function checkDetection(settings: SettingsView): string | undefined {
  const known = ['add-flags', 'add-flags-on-save', 'no-flags-on-fetch', 'exclude-inlined'];
  const words = settings.words('mail_attachment_detection_options').filter(word => !word.startsWith('content-type='));
  const unknown = unknownWord(words, known);
  return unknown === undefined ? undefined : `mail_attachment_detection_options: Unknown option: ${unknown}`;
}

export function checkMailUser(settings: SettingsView): string | undefined {
  const namespaces = settings.sections('namespace');
  for (const namespace of namespaces) {
    const fault = checkNamespace(namespace, namespaces);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function checkNamespace(namespace: SettingsView, all: readonly SettingsView[]): string | undefined {
  const prefix = namespace.text('prefix');
  const place = `Namespace '${prefix}'`;
  if (namespace.text('separator').length > 1) return `${place}: Hierarchy separator must be only one character long`;
  if (!isUtf8(prefix)) return `Namespace prefix not valid UTF8: ${prefix}`;
  if (namespace.isSet('alias_for')) {
    const fault = checkAlias(namespace, all);
    if (fault !== undefined) return `${place}: ${fault}`;
  }
  return checkMailboxes(namespace);
}

function checkAlias(namespace: SettingsView, all: readonly SettingsView[]): string | undefined {
  const name = namespace.text('alias_for');
  const target = all.find(each => each.text('prefix') === name);
  if (target === undefined) return `alias_for points to unknown namespace: ${name}`;
  if (target.isSet('alias_for')) return `alias_for chaining isn't allowed: ${name} -> ${target.text('alias_for')}`;
  return undefined;
}

function checkMailboxes(namespace: SettingsView): string | undefined {
  for (const mailbox of namespace.sections('mailbox')) {
    const name = mailbox.text('name');
    if (!isUtf8(name)) return `mailbox ${name}: name isn't valid UTF-8`;
    const uses = mailbox.text('special_use').split(' ');
    const unknown = uses.find(use => use.startsWith('\\') && !isSpecialUse(use));
    if (unknown !== undefined) return `mailbox ${name}: unknown special_use: ${unknown}`;
  }
  return undefined;
}

function isSpecialUse(use: string): boolean {
  return SPECIAL_USES.some(each => each.toLowerCase() === use.toLowerCase());
}

function isUtf8(bytes: string): boolean {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(Buffer.from(bytes, 'latin1'));
    return true;
  } catch {
    return false; // that is the answer
  }
}

const IMAPC_FEATURES = [
  ...['rfc822.size', 'guid-forced', 'fetch-headers', 'gmail-migration', 'search', 'zimbra-workarounds', 'no-examine'],
  ...['proxyauth', 'fetch-msn-workarounds', 'fetch-fix-broken-mails', 'modseq', 'delay-login', 'fetch-bodystructure'],
  ...['send-id', 'fetch-empty-is-expunged', 'no-msn-updates', 'acl', 'no-qresync', 'no-imap-search'],
];

export function checkImapc(settings: SettingsView): string | undefined {
  if (settings.number('imapc_max_idle_time') === 0) return 'imapc_max_idle_time must not be 0';
  for (const word of settings.words('imapc_features')) {
    if (word.startsWith('throttle:')) {
      if (!/^throttle:\d+:\d+:\d+$/.test(word)) return 'imapc_features: Invalid throttle settings';
    } else if (!IMAPC_FEATURES.includes(word.toLowerCase())) return `imapc_features: Unknown feature: ${word}`;
  }
  return undefined;
}

export function checkPop3c(settings: SettingsView): string | undefined {
  const unknown = unknownWord(settings.words('pop3c_features'), ['no-pipelining']);
  return unknown === undefined ? undefined : `pop3c_features: Unknown feature: ${unknown}`;
}
