/** `name=value name=value` with %variables: passdb's and userdb's default_fields and override_fields, and static's arguments. */
import {splitFields} from './fields.ts';
import type {AuthRequest} from './request.ts';

type Template = readonly (readonly [name: string, value: string])[];

export function parseTemplate(text: string): Template {
  return [...splitFields(text)];
}

/** All of it before any of it counts: a field that changes the user changes no other. */
export function expandTemplate(template: Template, request: AuthRequest): Template {
  return template.map(([name, value]) => [name, request.expand(value)] as const);
}
