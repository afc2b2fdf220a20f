/** `name=value name=value` with %variables: passdb's and userdb's default_fields and override_fields, and static's arguments. */
import {splitFields} from './fields.ts';
import {expandPercent} from './percent.ts';
import type {AuthRequest} from './request.ts';

type Template = readonly (readonly [name: string, value: string])[];

export function parseTemplate(text: string): Template {
  return [...splitFields(text)];
}

export function* expandTemplate(template: Template, request: AuthRequest): Iterable<readonly [string, string]> {
  if (template.length === 0) return;
  const values = request.variables();
  for (const [name, value] of template) yield [name, expandPercent(value, values)];
}
