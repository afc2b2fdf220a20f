/**
 * The words of delivery reports: the built-in ones, and bounce_template_file's in their place (bounce(5)). What a template
 * does not say is taken from the built-in one; what can't be used is passed over with a warning.
 */
import {isAscii} from '../base/bytes.ts';
import {ConfigError} from '../base/errors.ts';

export type TemplateName = 'failure' | 'delay' | 'success' | 'verify';

export interface Template {
  /** For warnings: the file, or `[built-in]`. */
  readonly origin: string;
  readonly charset: string;
  /** Header text as it is; undefined: the mail system's own. */
  readonly from?: string | undefined;
  readonly subject: string;
  readonly postmasterSubject?: string | undefined;
  /** Lines, not expanded. */
  readonly body: readonly string[];
}

export type Templates = Readonly<Record<TemplateName, Template>>;

const HELP = ['For further assistance, please send mail to postmaster.', ''];
const RETURNED = [
  'If you do so, please include this problem report. You can',
  'delete your own text from the attached returned message.',
  '',
];
const SIGNATURE = '                   The mail system';
const GREETING = ['This is the mail system at host $myhostname.', ''];
const BOX = '#'.repeat(68);
const BUILT_IN = {origin: '[built-in]', charset: 'us-ascii'} as const;

export const builtInTemplates: Templates = {
  failure: {
    ...BUILT_IN,
    subject: 'Undelivered Mail Returned to Sender',
    postmasterSubject: 'Postmaster Copy: Undelivered Mail',
    body: [
      ...GREETING,
      "I'm sorry to have to inform you that your message could not",
      "be delivered to one or more recipients. It's attached below.",
      '',
      ...HELP,
      ...RETURNED,
      SIGNATURE,
    ],
  },
  delay: {
    ...BUILT_IN,
    subject: 'Delayed Mail (still being retried)',
    postmasterSubject: 'Postmaster Warning: Delayed Mail',
    body: [
      ...GREETING,
      BOX,
      '# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #',
      BOX,
      '',
      'Your message could not be delivered for more than $delay_warning_time_hours hour(s).',
      'It will be retried until it is $maximal_queue_lifetime_days day(s) old.',
      '',
      ...HELP,
      ...RETURNED,
      SIGNATURE,
    ],
  },
  success: {
    ...BUILT_IN,
    subject: 'Successful Mail Delivery Report',
    body: [
      ...GREETING,
      'Your message was successfully delivered to the destination(s)',
      'listed below. If the message was delivered to mailbox you will',
      'receive no further notifications. Otherwise you may still receive',
      'notifications of mail delivery errors from other systems.',
      '',
      SIGNATURE,
    ],
  },
  verify: {
    ...BUILT_IN,
    subject: 'Mail Delivery Status Report',
    body: [...GREETING, 'Enclosed is the mail delivery report that you requested.', '', SIGNATURE],
  },
};

/**
 * The templates of a file's text, a byte string, on top of the built-in ones. Throws `ConfigError` where the original's
 * bounce(8) gives up: the mail then stays in the queue.
 */
export function parseTemplates(text: string, file: string, warn: (text: string) => void): Templates {
  const templates: Record<TemplateName, Template> = {...builtInTemplates};
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const {name, value} = expectAssignment(line, file, at + 2);
    let content = [value];
    if (value.startsWith('<<')) {
      const marker = value.slice(2).trim();
      if (marker === '') throw new ConfigError('missing end marker after <<', file, at + 2);
      const end = lines.indexOf(marker, at + 1);
      content = lines.slice(at + 1, end < 0 ? lines.length : end);
      at += content.length + (end < 0 ? 0 : 1);
      if (end < 0) warn(`${file}, line ${at + 2}: missing "${marker}" end marker`);
    }
    const known = templateName(name);
    // Seen: the line named is the one after the template.
    if (known === undefined) warn(`${file}, line ${at + 2}: unknown template name: ${name} -- ignoring this template`);
    else templates[known] = parseTemplate(content, known, file, warn);
  }
  return templates;
}

/** `line` is where the original says that it is: one further. */
function expectAssignment(text: string, file: string, line: number): {readonly name: string; readonly value: string} {
  const [, name = '', rest = ''] = /^\s*([^\s=]*)\s*(.*)$/.exec(text) ?? [];
  if (name === '') throw new ConfigError(`missing attribute name: "${text}"`, file, line);
  if (!rest.startsWith('=')) throw new ConfigError(`missing '=' after attribute name: "${text}"`, file, line);
  return {name, value: rest.slice(1).trim()};
}

function templateName(name: string): TemplateName | undefined {
  switch (name) {
    case 'failure_template':
      return 'failure';
    case 'delay_template':
      return 'delay';
    case 'success_template':
      return 'success';
    case 'verify_template':
      return 'verify';
    default:
      return undefined;
  }
}

/** What can't be used leaves the built-in template as it is. */
function parseTemplate(
  lines: readonly string[],
  kind: TemplateName,
  origin: string,
  warn: (text: string) => void,
): Template {
  const builtIn = builtInTemplates[kind];
  const headers = new Map<string, string>();
  const ignore = (problem: string): Template => {
    warn(`${origin}: ${problem} in ${kind} template -- ignoring this template`);
    return builtIn;
  };
  let at = 0;
  for (; at < lines.length; at++) {
    const [whole, label = '', value = ''] = HEADER_LINE.exec(lines[at] ?? '') ?? [];
    if (whole === undefined) break;
    const name = HEADERS.find(header => header.toLowerCase() === label.toLowerCase());
    if (name === undefined) return ignore(`unknown "${label}" header label`);
    if (name === 'Postmaster-Subject' && builtIn.postmasterSubject === undefined)
      return ignore(`inapplicable "${label}" header label`);
    if (value === '') return ignore(`empty "${label}" header value`);
    if (!isAscii(value)) return ignore(`non-ASCII "${label}" header value`);
    headers.set(name, value);
  }
  if (lines[at] === '') at++;
  const body = lines.slice(at);
  if (body.every(line => line === '')) return ignore('missing message text');
  const charset = headers.get('Charset') ?? builtIn.charset;
  if (charset.toLowerCase() === 'us-ascii' && !body.every(isAscii)) {
    warn(`${origin}: 8-bit message text in ${kind} template`);
    warn('please specify a charset value other than us-ascii');
    warn('-- ignoring this template for now');
    return builtIn;
  }
  return {
    origin,
    charset,
    from: headers.get('From'),
    subject: headers.get('Subject') ?? builtIn.subject,
    postmasterSubject: headers.get('Postmaster-Subject') ?? builtIn.postmasterSubject,
    body,
  };
}

const HEADER_LINE = /^([!-9;-~]+)\s*:\s*(.*?)\s*$/;
const HEADERS = ['Charset', 'From', 'Subject', 'Postmaster-Subject'];

export interface TemplateValues {
  readonly delay_warning_time: number;
  readonly maximal_queue_lifetime: number;
  /** Any parameter, expanded; undefined when there is none of that name. */
  lookup(name: string): string | undefined;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  seconds: 1,
  minutes: 60,
  hours: 3600,
  days: 86_400,
  weeks: 604_800,
};

/**
 * The lines with `$name` and `${name}` replaced; times in the unit that the name ends in. Throws `ConfigError` for what
 * has no value, as the original gives up then.
 */
export function expandBody(
  {body, origin}: Template,
  kind: TemplateName,
  values: TemplateValues,
  warn: (text: string) => void,
): readonly string[] {
  const time = (name: 'delay_warning_time' | 'maximal_queue_lifetime', whole: string, unit: string): string => {
    const seconds = Object.hasOwn(UNIT_SECONDS, unit) ? UNIT_SECONDS[unit] : undefined;
    if (seconds === undefined) throw new ConfigError(`unrecognized suffix "${unit}" in parameter "${whole}"`, origin);
    const result = Math.floor(values[name] / seconds);
    if (result === 0) for (const line of zeroWarning(origin, kind, whole, unit)) warn(line);
    return String(result);
  };
  const value = (name: string, line: string): string => {
    const [, parameter, unit = ''] = /^(delay_warning_time|maximal_queue_lifetime)_(\w+)$/.exec(name) ?? [];
    if (parameter !== undefined) return time(parameter as 'delay_warning_time' | 'maximal_queue_lifetime', name, unit); // the pattern names both
    const found = values.lookup(name);
    if (found === undefined) throw new ConfigError(`undefined $name in ${kind} template: ${line}`, origin);
    return found;
  };
  return body.map(line =>
    line.replace(REFERENCE, (_whole, dollar?: string, a?: string, b?: string, c?: string) => {
      if (dollar !== undefined) return '$';
      const name = a ?? b ?? c;
      if (name === undefined) throw new ConfigError(`bad $name syntax in ${kind} template: ${line}`, origin);
      return value(name, line);
    }),
  );
}

const REFERENCE = /\$(?:(\$)|\{(\w+)\}|\((\w+)\)|(\w+))?/g;

function zeroWarning(origin: string, kind: TemplateName, name: string, unit: string): readonly string[] {
  return [
    `${origin}: zero result in ${kind} template conversion of parameter "${name}"`,
    `please reduce time unit "${unit}" of "${name}" in ${kind} template`,
    'for instructions see the bounce(5) manual',
  ];
}
