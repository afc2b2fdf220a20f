/**
 * The words of delivery reports: the built-in ones, and bounce_template_file's in their place (bounce(5)). What a template
 * does not say is taken from the built-in one; what can't be used is passed over with a warning.
 */
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

/** The templates of a file's text, a byte string, on top of the built-in ones. */
export function parseTemplates(text: string, file: string, warn: (text: string) => void): Templates {
  const templates: Record<TemplateName, Template> = {...builtInTemplates};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const where = `${file}, line ${at + 1}`;
    const [, name = '', marker = ''] = /^\s*(\w+)\s*=\s*<<\s*(\S+)\s*$/.exec(line) ?? [];
    if (name === '') {
      warn(`${where}: expected: name = <<MARKER -- ignoring this line`);
      continue;
    }
    const end = lines.indexOf(marker, at + 1);
    const content = lines.slice(at + 1, end < 0 ? lines.length : end);
    if (end < 0) warn(`${where}: missing "${marker}" end marker`);
    at += content.length + 1;
    const known = templateName(name);
    if (known === undefined) warn(`${where}: unknown template name: ${name} -- ignoring this template`);
    else templates[known] = parseTemplate(content, builtInTemplates[known], file, warn);
  }
  return templates;
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

function parseTemplate(
  lines: readonly string[],
  builtIn: Template,
  origin: string,
  warn: (text: string) => void,
): Template {
  const blank = lines.indexOf('');
  const headers = new Map<string, string>();
  for (const line of lines.slice(0, blank < 0 ? lines.length : blank)) {
    const [, name = '', value = ''] = /^([!-9;-~]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (HEADERS.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
    else warn(`${origin}: unknown template header: "${line}" -- ignoring this header`);
  }
  return {
    origin,
    charset: headers.get('charset') ?? builtIn.charset,
    from: headers.get('from'),
    subject: headers.get('subject') ?? builtIn.subject,
    postmasterSubject: headers.get('postmaster-subject') ?? builtIn.postmasterSubject,
    body: blank < 0 ? [] : lines.slice(blank + 1),
  };
}

const HEADERS: ReadonlySet<string> = new Set(['charset', 'from', 'subject', 'postmaster-subject']);

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

/** The lines with `$name` and `${name}` replaced; times in the unit that the name ends in. */
export function expandBody(
  {body, origin}: Template,
  kind: TemplateName,
  values: TemplateValues,
  warn: (text: string) => void,
): readonly string[] {
  const time = (name: 'delay_warning_time' | 'maximal_queue_lifetime', whole: string, unit: string): string => {
    const result = Math.floor(values[name] / (UNIT_SECONDS[unit] ?? 1));
    if (result === 0) for (const line of zeroWarning(origin, kind, whole, unit)) warn(line);
    return String(result);
  };
  const value = (name: string): string => {
    const [, parameter, unit = ''] = /^(delay_warning_time|maximal_queue_lifetime)_(\w+)$/.exec(name) ?? [];
    if (parameter !== undefined && Object.hasOwn(UNIT_SECONDS, unit))
      return time(parameter as 'delay_warning_time' | 'maximal_queue_lifetime', name, unit); // the pattern names both
    return values.lookup(name) ?? '';
  };
  return body.map(line =>
    line.replace(
      /\$(?:(\$)|\{(\w+)\}|\((\w+)\)|(\w+))/g,
      (_whole, dollar?: string, a?: string, b?: string, c?: string) =>
        dollar === undefined ? value(a ?? b ?? c ?? '') : '$',
    ),
  );
}

function zeroWarning(origin: string, kind: TemplateName, name: string, unit: string): readonly string[] {
  return [
    `${origin}: zero result in ${kind} template conversion of parameter "${name}"`,
    `please reduce time unit "${unit}" of "${name}" in ${kind} template`,
    'for instructions see the bounce(5) manual',
  ];
}
