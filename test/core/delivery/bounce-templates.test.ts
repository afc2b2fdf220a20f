/** Reading bounce_template_file; the words of faults are those that the original's `postconf -b FILE` shows. */
import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {ConfigError} from '../../../src/core/base/errors.ts';
import {expandBody, parseTemplates, type TemplateName} from '../../../src/core/delivery/bounce-templates.ts';

const FILE = 'bounce.cf';

function warningsOf(text: string): string[] {
  const warnings: string[] = [];
  parseTemplates(text, FILE, warning => warnings.push(warning));
  return warnings;
}

function bodyOf(text: string, name: TemplateName = 'failure'): readonly string[] {
  const template = parseTemplates(text, FILE, () => undefined)[name];
  const values = {
    delay_warning_time: 7200,
    maximal_queue_lifetime: 86_400,
    lookup: (parameter: string) => (parameter === 'mail_name' ? 'Postfix' : undefined),
  };
  return expandBody(template, name, values, () => undefined);
}

function faultOf(text: string, name?: TemplateName): string {
  try {
    bodyOf(text, name);
  } catch (fault) {
    if (fault instanceof ConfigError) return `${fault.file}:${fault.line}: ${fault.message}`;
    throw fault;
  }
  return '';
}

const ignoring = (problem: string, kind = 'failure'): string =>
  `${FILE}: ${problem} in ${kind} template -- ignoring this template`;

suite('bounce templates', () => {
  const WARNINGS: readonly (readonly [string, readonly string[]])[] = [
    ['failure_template = <<E\nSubject: s\n\nb\n', [`${FILE}, line 5: missing "E" end marker`]],
    ['fai-lure = x\n', [`${FILE}, line 2: unknown template name: fai-lure -- ignoring this template`]],
    ['bogus = <<E\nx\nE\n', [`${FILE}, line 4: unknown template name: bogus -- ignoring this template`]],
    ['failure_template = <<E\nFoo: bar\n\nb\nE\n', [ignoring('unknown "Foo" header label')]],
    ['failure_template = <<E\nFrom: \n\nb\nE\n', [ignoring('empty "From" header value')]],
    ['failure_template = <<E\nSubject: \xfc\n\nb\nE\n', [ignoring('non-ASCII "Subject" header value')]],
    [
      'success_template = <<E\nPostmaster-Subject: s\n\nb\nE\n',
      [ignoring('inapplicable "Postmaster-Subject" header label', 'success')],
    ],
    ['failure_template = <<E\nSubject: s\nE\n', [ignoring('missing message text')]],
    [
      'failure_template = <<E\n\nb\xfc\nE\n',
      [
        `${FILE}: 8-bit message text in failure template`,
        'please specify a charset value other than us-ascii',
        '-- ignoring this template for now',
      ],
    ],
    ['# c\n\n failure_template=<<E\nsubject : s\n\nb\nE\n', []],
  ];
  for (const [text, expected] of WARNINGS)
    test(`warnings about ${JSON.stringify(text)}`, () => assert.deepEqual(warningsOf(text), expected));

  const BODIES: readonly (readonly [string, readonly string[]])[] = [
    ['failure_template = x\n', ['x']],
    ['failure_template = <<E\nSubject: s\n cont\n\nb\nE\n', [' cont', '', 'b']],
    ['failure_template = <<E\n\nb\n  E\nE \nE\n', ['b', '  E', 'E ']],
    ['failure_template = <<E\n\n$$x ${mail_name} $(mail_name).\nE\n', ['$x Postfix Postfix.']],
    ['failure_template = <<E\n\n$delay_warning_time_hours\nE\n', ['2']],
    ['failure_template = a\nfailure_template = b\n', ['b']],
  ];
  for (const [text, expected] of BODIES)
    test(`the text of ${JSON.stringify(text)}`, () => assert.deepEqual(bodyOf(text), expected));

  const FAULTS: readonly (readonly [string, string])[] = [
    ['xx yy\n', `${FILE}:2: missing '=' after attribute name: "xx yy"`],
    ['= <<E\n', `${FILE}:2: missing attribute name: "= <<E"`],
    ['failure_template = <<\n', `${FILE}:2: missing end marker after <<`],
    ['failure_template = $nosuch\n', `${FILE}:0: undefined $name in failure template: $nosuch`],
    ['failure_template = 100$ x\n', `${FILE}:0: bad $name syntax in failure template: 100$ x`],
    [
      'failure_template = $delay_warning_time_x\n',
      `${FILE}:0: unrecognized suffix "x" in parameter "delay_warning_time_x"`,
    ],
  ];
  for (const [text, expected] of FAULTS)
    test(`the fault of ${JSON.stringify(text)}`, () => assert.equal(faultOf(text), expected));
});
