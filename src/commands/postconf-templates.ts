/**
 * postconf -t and -b: the templates of delivery reports as they are, and their texts as a sender would read them. Faults
 * are told under the name of bounce(8), whose work this is.
 */
import {readFileSync} from 'node:fs';
import {toPath} from '../core/base/bytes.ts';
import {ConfigError, describe, UsageError} from '../core/base/errors.ts';
import type {Stdio} from '../core/base/tool.ts';
import type {Config} from '../core/config/config.ts';
import {
  builtInTemplates,
  expandBody,
  parseTemplates,
  type Template,
  type TemplateName,
  type Templates,
  type TemplateValues,
} from '../core/delivery/bounce-templates.ts';

const NAMES = ['failure', 'delay', 'success', 'verify'] as const satisfies readonly TemplateName[];

/** `file` stands in bounce_template_file's place when it is given; an empty name for the built-in templates. */
export function showTemplates(file: string | undefined, expands: boolean, config: Config, stdio: Stdio): number {
  const say = (text: string): void => stdio.stderr.write(`postfix/bounce: ${text}\n`);
  try {
    const values = {
      delay_warning_time: config.get('delay_warning_time'),
      maximal_queue_lifetime: config.get('maximal_queue_lifetime'),
      lookup: (name: string) => config.lookup(name),
    };
    const templates = readTemplates(file ?? config.get('bounce_template_file'), say);
    const shown = NAMES.map(name =>
      expands ? text(templates[name], name, values, say) : source(templates[name], name),
    );
    stdio.stdout.write(shown.join('\n'));
    return 0;
  } catch (fault) {
    if (!(fault instanceof UsageError || fault instanceof ConfigError)) throw fault;
    say(`fatal: ${fault.message}`);
    return 1;
  }
}

function readTemplates(file: string, say: (text: string) => void): Templates {
  if (file === '') return builtInTemplates;
  let text: string;
  try {
    text = readFileSync(toPath(file), 'latin1');
  } catch (fault) {
    throw new UsageError(`open ${file}: ${describe(fault)}`, {cause: fault});
  }
  return parseTemplates(text, file, warning => say(`warning: ${warning}`));
}

function source(template: Template, name: TemplateName): string {
  const {charset, from = 'Mail Delivery System <MAILER-DAEMON>', subject, postmasterSubject, body} = template;
  const headers = [`Charset: ${charset}`, `From: ${from}`, `Subject: ${subject}`];
  if (postmasterSubject !== undefined) headers.push(`Postmaster-Subject: ${postmasterSubject}`);
  return here(`${name}_template`, [...headers, '', ...body]);
}

function text(template: Template, name: TemplateName, values: TemplateValues, say: (text: string) => void): string {
  // Seen: without a delay_warning_time nobody is warned of its being 0 hours.
  const warn = (warning: string): void => (values.delay_warning_time > 0 ? say(`warning: ${warning}`) : undefined);
  const lines = template.body.flatMap(line => {
    const lookup = (parameter: string): string => {
      const value = values.lookup(parameter);
      if (value === undefined) throw new UsageError(`${template.origin}: undefined $name in ${name} template: ${line}`);
      return value;
    };
    return expandBody({...template, body: [line]}, name, {...values, lookup}, warn);
  });
  return here(`expanded_${name}_text`, lines);
}

function here(name: string, lines: readonly string[]): string {
  return [`${name} = <<EOF`, ...lines, 'EOF', ''].join('\n');
}
