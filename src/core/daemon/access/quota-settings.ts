/**
 * plugin { quota = maildir:User quota; quota_rule = *:storage=1G } where mail_plugins has `quota` (Dovecot's quota
 * plugin). A rule's storage has a unit (B, k, M, G, T; kibibytes without one), or is a part of the first rule's (`+10%%`).
 */
import type {DovecotSettings} from '../../config/dovecot/dovecot-settings.ts';
import type {QuotaRule, QuotaSettings} from '../../mailbox/store-settings.ts';

export function quotaSettings(settings: DovecotSettings): QuotaSettings[] {
  if (!settings.get('mail_plugins').split(' ').includes('quota')) return [];
  const found: QuotaSettings[] = [];
  for (let number = 1; number < MOST_ROOTS; number++) {
    const name = `quota${number === 1 ? '' : number}`;
    const text = settings.plugin(name);
    if (text === undefined) break;
    const [backend = '', title = ''] = text.split(':');
    found.push({
      name: title,
      backend: backend === 'maildir' ? 'maildir' : 'count',
      rules: rulesOf(settings, name),
      graceBytes: bytesOf(settings.plugin('quota_grace') ?? '', 0) ?? 0,
    });
  }
  return found;
}

const MOST_ROOTS = 10;

function rulesOf(settings: DovecotSettings, name: string): QuotaRule[] {
  const rules: QuotaRule[] = [];
  let common: QuotaRule | undefined;
  for (let number = 1; ; number++) {
    const text = settings.plugin(`${name}_rule${number === 1 ? '' : number}`);
    if (text === undefined) return rules;
    const rule = ruleOf(text, common);
    if (rule.mailbox === '*') common ??= rule;
    rules.push(rule);
  }
}

/** `MAILBOX:storage=1G:messages=+10%%:ignore`. */
function ruleOf(text: string, common: QuotaRule | undefined): QuotaRule {
  const [mailbox = '*', ...words] = text.split(':');
  let rule: QuotaRule = {mailbox: mailbox === '?' ? '*' : mailbox, ignore: false};
  for (const word of words) {
    const [key, value = ''] = word.split('=');
    const isExtra = value.startsWith('+');
    const plain = value.replace(/^\+/, '');
    if (key === 'ignore') rule = {...rule, ignore: true};
    else if (key === 'storage' || key === 'bytes') {
      const bytes = bytesOf(plain, common?.storageBytes ?? 0, key === 'bytes' ? 1 : KIBIBYTE);
      rule = isExtra ? {...rule, extraStorageBytes: bytes} : {...rule, storageBytes: bytes || undefined};
    } else if (key === 'messages') {
      const count = bytesOf(plain, common?.messages ?? 0, 1);
      rule = isExtra ? {...rule, extraMessages: count} : {...rule, messages: count || undefined};
    }
  }
  return rule;
}

const KIBIBYTE = 1024;

/** `unit`: of a number without one; `whole`: what a percentage is of. */
function bytesOf(text: string, whole: number, unit = KIBIBYTE): number | undefined {
  const [, digits, letter = ''] = /^(\d{1,15})([bkmgt%]?)/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const at = 'bkmgt'.indexOf(letter.toLowerCase());
  if (letter === '%') return Math.floor((Number(digits) * whole) / 100);
  return Number(digits) * (letter === '' ? unit : KIBIBYTE ** at);
}
